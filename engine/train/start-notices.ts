/** What the user of a run should know when it begins, and what does not stop it. Pure. */
import { describeLeftOut } from './left-out.ts';
import type { LeftOut } from './left-out.ts';

interface Beginning {
  /** The executor that the run asks for, if for any. */
  readonly wanted: string | undefined;
  readonly executor: string;
  /** With labelled pixels. */
  readonly validationSamples: number;
  readonly validationLeftOut: LeftOut;
  /** A resumed run is measured by another loss than before. */
  readonly isMonitoredAnew: boolean;
}

/** @returns by code, with no text where there is nothing to say */
export function startNotices({
  wanted,
  executor,
  validationSamples,
  validationLeftOut,
  isMonitoredAnew,
}: Beginning): readonly { readonly code: string; readonly text: string | undefined }[] {
  const when = (isSo: boolean, text: string): string | undefined => (isSo ? text : undefined);
  return [
    {
      code: 'executor-not-as-asked',
      text: when(
        wanted !== undefined && wanted !== executor,
        `The run asks for the executor '${wanted}' but computes on '${executor}'.`,
      ),
    },
    { code: 'validation-left-out', text: describeLeftOut('validation', validationLeftOut) },
    {
      code: 'validation-missing',
      text: when(
        validationSamples === 0,
        'There is no labeled validation image: the best epoch is chosen by the training loss.',
      ),
    },
    {
      code: 'validation-changed',
      text: when(isMonitoredAnew, 'The validation part is another one than before: the best epoch is chosen anew.'),
    },
  ];
}

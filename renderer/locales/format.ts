/** Figures for people, in the window's language. */
import { i18n, translate } from './i18n.ts';

/** '42 s', '3 min 20 s', '2 h 5 min'. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return translate('shell.time.seconds', { n: whole });
  if (whole < 3600) return translate('shell.time.minutes', { m: Math.floor(whole / 60), s: whole % 60 });
  return translate('shell.time.hours', { h: Math.floor(whole / 3600), m: Math.floor((whole % 3600) / 60) });
}

export function count(value: number): string {
  return new Intl.NumberFormat(i18n.global.locale.value).format(value);
}

/** A share as '83.4 %'. */
export function percent(share: number, digits = 1): string {
  return new Intl.NumberFormat(i18n.global.locale.value, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);
}

/** A measure from 0 to 1 as '0.834'; '–' where it is not defined. */
export function measure(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined ? '–' : value.toFixed(digits);
}

export function dateTime(iso: string): string {
  return new Intl.DateTimeFormat(i18n.global.locale.value, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(iso),
  );
}

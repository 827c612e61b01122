/**
 * Which verb answers which request of the contract. Convention: one entry per request; the types see to it.
 */
import type { RequestName } from '../../contract/requests.ts';
import type { Verb } from '../engine-context.ts';
import { checkpointConvert } from './checkpoint-convert.ts';
import { doctor } from './doctor.ts';
import { evaluate } from './evaluate.ts';
import { exportVerb } from './export.ts';
import { importVerb } from './import.ts';
import { predictFiles } from './predict-files.ts';
import { predictProject } from './predict-project.ts';
import { projectClose, projectInfo, projectOpen } from './project.ts';
import { split } from './split.ts';
import { trainPause, trainStatus, trainStop, trainWait } from './train-control.ts';
import { trainResume } from './train-resume.ts';
import { trainStart } from './train-start.ts';
import { verify } from './verify.ts';

export const verbs: { readonly [Name in RequestName]: Verb<Name> } = {
  'project.open': projectOpen,
  'project.info': projectInfo,
  'project.close': projectClose,
  'dataset.import': importVerb,
  'dataset.split': split,
  'dataset.export': exportVerb,
  'train.start': trainStart,
  'train.resume': trainResume,
  'train.pause': trainPause,
  'train.stop': trainStop,
  'train.status': trainStatus,
  'train.wait': trainWait,
  evaluate,
  'predict.files': predictFiles,
  'predict.project': predictProject,
  'checkpoint.convert': checkpointConvert,
  verify,
  doctor,
};

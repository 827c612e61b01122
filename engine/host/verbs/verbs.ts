/**
 * Which verb answers which request of the contract. Convention: one entry per request; the types see to it.
 */
import type { RequestName } from '../../contract/requests.ts';
import type { Verb } from '../engine-context.ts';
import { checkpointConvert } from './checkpoint-convert.ts';
import {
  classesAdd,
  classesList,
  classesMerge,
  classesRecolor,
  classesRemove,
  classesRename,
  classesReorder,
  classesRestore,
} from './classes.ts';
import { doctor } from './doctor.ts';
import { evaluate } from './evaluate.ts';
import { exportVerb } from './export.ts';
import { imagePixels, imageSketch, imageThumbnail } from './image-pixels.ts';
import { imagesList, imagesRemove, imagesRestore, imagesSetState } from './images.ts';
import { importVerb } from './import.ts';
import { labelsApply, labelsHistory, labelsRead, labelsRedo, labelsUndo } from './labels.ts';
import { predictFiles } from './predict-files.ts';
import { predictProject } from './predict-project.ts';
import { folderInspect } from './folder-inspect.ts';
import { foldersList, preferencesRead, preferencesWrite, sampleCreate, viewRead, viewWrite } from './preferences.ts';
import { proposalsAccept, proposalsReject, proposalsRestore } from './proposal-decisions.ts';
import { proposalsList, proposalsMake, proposalsRead, proposalsThumbnail, trainRuns } from './proposals.ts';
import { projectClose, projectInfo, projectOpen } from './project.ts';
import { split } from './split.ts';
import { trainPause, trainStatus, trainStop, trainWait } from './train-control.ts';
import { trainPreview } from './train-preview.ts';
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
  'train.preview': trainPreview,
  'train.pause': trainPause,
  'train.stop': trainStop,
  'train.status': trainStatus,
  'train.wait': trainWait,
  evaluate,
  'predict.files': predictFiles,
  'predict.project': predictProject,
  'checkpoint.convert': checkpointConvert,
  verify,
  'images.list': imagesList,
  'images.set-state': imagesSetState,
  'images.remove': imagesRemove,
  'images.restore': imagesRestore,
  'image.thumbnail': imageThumbnail,
  'image.pixels': imagePixels,
  'image.sketch': imageSketch,
  'labels.read': labelsRead,
  'labels.apply': labelsApply,
  'labels.undo': labelsUndo,
  'labels.redo': labelsRedo,
  'labels.history': labelsHistory,
  'classes.list': classesList,
  'classes.add': classesAdd,
  'classes.rename': classesRename,
  'classes.recolor': classesRecolor,
  'classes.reorder': classesReorder,
  'classes.merge': classesMerge,
  'classes.remove': classesRemove,
  'classes.restore': classesRestore,
  'proposals.make': proposalsMake,
  'proposals.list': proposalsList,
  'proposals.read': proposalsRead,
  'proposals.accept': proposalsAccept,
  'proposals.reject': proposalsReject,
  'proposals.restore': proposalsRestore,
  'proposals.thumbnail': proposalsThumbnail,
  'train.runs': trainRuns,
  'preferences.read': preferencesRead,
  'preferences.write': preferencesWrite,
  'view.read': viewRead,
  'view.write': viewWrite,
  'folders.list': foldersList,
  'folder.inspect': folderInspect,
  'sample.create': sampleCreate,
  doctor,
};

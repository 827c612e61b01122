/**
 * Opening, describing and closing a project. Convention: who opens one holds it, and who closes it releases it.
 */
import { resolve } from 'node:path';
import { releaseProject } from '../close-project.ts';
import { describeProject } from '../answers/describe-run.ts';
import type { Verb } from '../engine-context.ts';

export const projectOpen: Verb<'project.open'> = ({ projects }, { folder, create = false }, { holder }) => {
  const store = projects.open(folder, { create });
  projects.hold(store.folder, holder);
  return describeProject(store);
};

export const projectInfo: Verb<'project.info'> = ({ projects }, { project }) => describeProject(projects.get(project));

export const projectClose: Verb<'project.close'> = async (context, { project, trainingGoesOn = false }, { holder }) => {
  await releaseProject(context, resolve(project), holder, trainingGoesOn);
  return {};
};

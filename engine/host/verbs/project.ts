/**
 * Opening, looking at and closing a project. Convention: who opens one holds it, and who closes it lets go of it.
 */
import { resolve } from 'node:path';
import { letGoOf } from '../close-project.ts';
import { describeProject } from '../answers/describe-run.ts';
import type { Verb } from '../engine-context.ts';

export const projectOpen: Verb<'project.open'> = ({ projects }, { folder, create = false }, { asker }) => {
  const store = projects.open(folder, { create });
  projects.hold(store.folder, asker);
  return describeProject(store);
};

export const projectInfo: Verb<'project.info'> = ({ projects }, { project }) => describeProject(projects.get(project));

export const projectClose: Verb<'project.close'> = async (context, { project, trainingGoesOn = false }, { asker }) => {
  await letGoOf(context, resolve(project), asker, trainingGoesOn);
  return {};
};

/**
 * Opening, looking at and closing a project. Convention: whoever closes a project stops what trains in it.
 */
import { resolve } from 'node:path';
import { closeProject } from '../close-project.ts';
import { describeProject } from '../describe-run.ts';
import type { Verb } from '../engine-context.ts';

export const projectOpen: Verb<'project.open'> = ({ projects }, { folder, create = false }) =>
  describeProject(projects.open(folder, { create }));

export const projectInfo: Verb<'project.info'> = ({ projects }, { project }) => describeProject(projects.get(project));

export const projectClose: Verb<'project.close'> = async (context, { project }) => {
  await closeProject(context, resolve(project));
  return {};
};

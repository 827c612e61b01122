/** 引擎所说的一切，按代码翻译；由各部分组成。 */
import { annotations } from './annotations.ts';
import { images } from './images.ts';
import { project } from './project.ts';
import { training } from './training.ts';

const parts = [project, images, annotations, training];

/** 要旨之下须附引擎原文的代码：原文中有名称、数值或原因。 */
export const gists: ReadonlySet<string> = new Set(parts.flatMap(({ gist }) => Object.keys(gist)));

export const errors: Readonly<Record<string, string>> = Object.assign(
  {},
  ...parts.flatMap(({ whole, gist }) => [whole, gist]),
) as Record<string, string>;

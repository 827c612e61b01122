/** 简体中文 (Simplified Chinese), put together from its parts. */
import { annotate } from './annotate.ts';
import { commands } from './commands.ts';
import { errors } from './errors/errors.ts';
import { exporting } from './exporting.ts';
import { gallery } from './gallery.ts';
import { review } from './review.ts';
import { shell } from './shell.ts';
import { start } from './start.ts';
import { train } from './train.ts';

export const zhCN = { shell, start, annotate, gallery, train, review, exporting, commands, errors };

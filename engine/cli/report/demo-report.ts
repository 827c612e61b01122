/**
 * The page that the demo ends with: figures, curves and pictures of one run, in English and Chinese. Computes nothing.
 * Convention: one file that loads nothing from anywhere; every text stands in both languages, and a switch shows one.
 */
import { metricNames } from '../../contract/prediction.ts';
import type { Evaluation } from '../../contract/prediction.ts';
import type { EpochInfo, RunInfo } from '../../contract/training.ts';
import { formatMeasure } from '../format-values.ts';
import { drawCurves } from './curves.ts';
import { pageStyle } from './page-style.ts';
import { describeChoice } from '../describe-choice.ts';

/** A picture as the page shows it: PNG or JPEG bytes. */
export interface Picture {
  readonly type: 'image/png' | 'image/jpeg';
  readonly bytes: Uint8Array;
}

interface PredictedImage {
  readonly path: string;
  readonly image: Picture;
  readonly prediction: Picture;
}

interface TestedImage extends PredictedImage {
  readonly labels: Picture;
}

export interface DemoReport {
  readonly run: RunInfo;
  readonly recipe: { readonly batch: number; readonly learningRate: number };
  readonly epochs: readonly EpochInfo[];
  readonly evaluation: Evaluation;
  /** Worst first. */
  readonly tested: readonly TestedImage[];
  /** Images without labels, as predicted. */
  readonly predicted: readonly PredictedImage[];
  readonly counts: { readonly images: number; readonly labelled: number };
  readonly seconds: { readonly training: number; readonly all: number };
  readonly folders: { readonly project: string; readonly predictions: string };
}

export function demoPage(report: DemoReport): string {
  const { run, recipe, epochs, evaluation, counts, seconds } = report;
  const { pooled } = evaluation;
  const best = run.best?.epoch;
  const speed = epochs.at(-1)?.imagesPerSecond;
  const figures = [
    [formatMeasure(pooled.dice, 3), both('Dice on the test part', '测试集 Dice')],
    [formatMeasure(pooled.iou, 3), both('IoU on the test part', '测试集 IoU')],
    [`${seconds.training.toFixed(0)} s`, both(`training, ${epochs.length} epochs`, `训练用时，${epochs.length} 轮`)],
    [
      speed === undefined ? '–' : speed.toFixed(0),
      both(
        `images a second, on ${escape(describeChoice(evaluation.compute))}`,
        `每秒训练图像数（${escape(describeChoice(evaluation.compute))}）`,
      ),
    ],
  ] as const;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Mambrush: demo report</title><style>${pageStyle}</style></head><body>
<input type="radio" name="language" id="english" checked><input type="radio" name="language" id="chinese">
<header><div><h1>Mambrush</h1><p>${both('What a small network learned from a few labeled images', '小网络从少量标注图像中学到了什么')}</p></div>
<nav><label for="english">English</label><label for="chinese">简体中文</label></nav></header>
<main>
<section class="figures">${figures.map(([value, name]) => `<div><strong>${value}</strong><span>${name}</span></div>`).join('')}</section>
<p>${both(
    `${counts.images} microscopy images, ${counts.labelled} of them with masks: ${run.images.train} to learn from, ` +
      `${run.images.val} to choose the best epoch by (epoch ${best ?? '–'}), ${evaluation.images} to judge by, which the network never saw. ` +
      `The other ${counts.images - counts.labelled} have no mask; below is what it makes of them. ` +
      `Trained ${epochs.length} epochs in batches of ${recipe.batch}, from a learning rate of ${recipe.learningRate}, seed ${run.seed}. ` +
      `Everything took ${seconds.all.toFixed(0)} s on this machine.`,
    `共 ${counts.images} 张显微图像，其中 ${counts.labelled} 张带掩膜：${run.images.train} 张用于训练，` +
      `${run.images.val} 张用于选出最佳轮次（第 ${best ?? '–'} 轮），${evaluation.images} 张用于测试，网络从未见过。` +
      `其余 ${counts.images - counts.labelled} 张没有掩膜，预测结果见下文。` +
      `共训练 ${epochs.length} 轮，批大小 ${recipe.batch}，初始学习率 ${recipe.learningRate}，随机种子 ${run.seed}。` +
      `全部流程在本机用时 ${seconds.all.toFixed(0)} 秒。`,
  )}</p>
<section class="curves"><figure><figcaption>${both('Loss by epoch', '各轮损失')}</figcaption>${drawCurves([
    {
      name: ['training', '训练'],
      color: 'var(--blue)',
      dashed: true,
      values: epochs.map(({ trainLoss }) => trainLoss),
    },
    { name: ['validation', '验证'], color: 'var(--orange)', values: epochs.map(({ valLoss }) => valLoss) },
  ])}</figure><figure><figcaption>${both('Dice and IoU on the validation part', '验证集 Dice 与 IoU')}</figcaption>${drawCurves(
    [
      { name: ['Dice', 'Dice'], color: 'var(--green)', values: epochs.map(({ valDice }) => valDice) },
      { name: ['IoU', 'IoU'], color: 'var(--blue)', dashed: true, values: epochs.map(({ valIou }) => valIou) },
    ],
    1,
  )}</figure></section>
<h2>${both('Test images, worst first', '测试图像（从最差开始）')}</h2>
${figureTable(evaluation)}
<section class="tested">${report.tested.map(testedRow).join('')}</section>
<h2>${both('Images without a mask, as predicted', '无掩膜图像的预测结果')}</h2>
<section class="predicted">${report.predicted.map(predictedCell).join('')}</section>
<h2>${both('Where it is', '文件位置')}</h2>
<dl><dt>${both('The masks that were predicted', '预测得到的掩膜')}</dt><dd>${escape(report.folders.predictions)}</dd>
<dt>${both('The network', '训练好的网络')}</dt><dd>${escape(run.bestFile ?? '–')}</dd>
<dt>${both('The project', '项目文件夹')}</dt><dd>${escape(report.folders.project)}</dd></dl>
<footer>${both('Images: BBBC038, 2018 Data Science Bowl, CC0.', '图像来源：BBBC038（2018 Data Science Bowl），CC0。')}</footer>
</main></body></html>
`;
}

function figureTable({ worst, perImage, pooled }: Evaluation): string {
  const row = (name: string, metrics: Evaluation['pooled'], heavy: boolean): string =>
    `<tr${heavy ? ' class="total"' : ''}><th>${name}</th>${metricNames
      .map((column) => `<td>${formatMeasure(metrics[column], column === 'hd95' ? 1 : 3)}</td>`)
      .join('')}</tr>`;
  const names = [
    'Dice',
    'IoU',
    both('accuracy', '准确率'),
    both('sensitivity', '灵敏度'),
    both('specificity', '特异度'),
    'HD95 (px)',
  ];
  return `<table><thead><tr><th></th>${names.map((name) => `<th>${name}</th>`).join('')}</tr></thead><tbody>${[
    ...worst.map(({ path, ...metrics }) => row(escape(fileName(path)), metrics, false)),
    row(both('mean of images', '各图平均'), perImage, true),
    row(both('all pixels together', '全部像素合计'), pooled, true),
  ].join('')}</tbody></table>`;
}

const predictedText = both('predicted', '网络预测');

function testedRow({ path, image, labels, prediction }: TestedImage): string {
  const labelled = figure(labels, both('labelled by hand', '人工标注'));
  return `<div class="row">${figure(image, escape(fileName(path)))}${labelled}${figure(prediction, predictedText)}</div>`;
}

function predictedCell({ path, image, prediction }: PredictedImage): string {
  return `<div class="pair">${figure(image, escape(fileName(path)))}${figure(prediction, predictedText)}</div>`;
}

function figure({ type, bytes }: Picture, caption: string): string {
  const image = `<img alt="" src="data:${type};base64,${Buffer.from(bytes).toString('base64')}">`;
  return `<figure>${image}<figcaption>${caption}</figcaption></figure>`;
}

function both(english: string, chinese: string): string {
  return `<span lang="en">${english}</span><span lang="zh-CN">${chinese}</span>`;
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

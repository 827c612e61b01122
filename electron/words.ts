/**
 * The shell's own texts in both languages; names of commands come from the window's locales. Convention: the same keys in
 * each.
 */
import { commands as en } from '../renderer/locales/en/commands.ts';
import { commands as zhCN } from '../renderer/locales/zh-CN/commands.ts';
import type { ShellPreferences } from '../engine/contract/shell.ts';

export type Language = ShellPreferences['language'];

const english = {
  file: 'File',
  open: 'Open Folder…',
  openTitle: 'Open a folder of images',
  openRecent: 'Open Recent',
  quit: 'Quit Mambrush',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select All',
  reload: 'Reload the Window',
  fullScreen: 'Full Screen',
  tools: 'Developer Tools',
  help: 'Help',
  about: 'About Mambrush',
  licence: 'Licence',
  network: 'About the Network (opens the browser)',
  training: 'A network is being trained',
  trainingDetail:
    'It can go on without the window; Mambrush ends when it is done. If you stop it, what it has learned up to its last epoch is kept, and you can resume it.',
  trainOn: 'Close the window, train on',
  stop: 'Stop training and quit',
  cancel: 'Cancel',
  engineDies: 'The engine keeps ending',
  engineDiesDetail: 'It ended {count} times within a minute ({how}). Nothing that was saved is lost.',
  again: 'Start it again',
  windowDies: 'The window keeps ending',
  windowDiesDetail: 'It ended {count} times within a minute ({how}). Nothing that was saved is lost.',
};
export type Words = typeof english;

const chinese: Words = {
  file: '文件',
  open: '打开文件夹…',
  openTitle: '打开图像文件夹',
  openRecent: '最近打开的项目',
  quit: '退出 Mambrush',
  cut: '剪切',
  copy: '复制',
  paste: '粘贴',
  selectAll: '全选',
  reload: '重新加载窗口',
  fullScreen: '全屏',
  tools: '开发者工具',
  help: '帮助',
  about: '关于 Mambrush',
  licence: '许可证',
  network: '关于网络模型（在浏览器中打开）',
  training: '正在训练网络',
  trainingDetail:
    '关闭窗口后训练可以继续，完成后 Mambrush 自动退出。若停止训练，最后一个周期之前的结果会保留，之后可以继续训练。',
  trainOn: '关闭窗口，继续训练',
  stop: '停止训练并退出',
  cancel: '取消',
  engineDies: '引擎反复意外退出',
  engineDiesDetail: '一分钟内退出了 {count} 次（{how}）。已保存的内容没有丢失。',
  again: '重新启动引擎',
  windowDies: '窗口反复意外退出',
  windowDiesDetail: '一分钟内退出了 {count} 次（{how}）。已保存的内容没有丢失。',
};

export function wordsOf(language: Language): Words {
  return language === 'zh-CN' ? chinese : english;
}

/** The window's own names of commands and their groups. */
export function commandWords(language: Language): typeof en {
  return language === 'zh-CN' ? zhCN : en;
}

/** @param locale as the system has it: 'zh-Hans-CN', 'en-GB' */
export function languageOf(locale: string): Language {
  return locale.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** 引擎的错误信息，按代码翻译；没有列出的按原文显示。 */
export const errors = {
  'engine-restarted': '引擎在回答之前中断，已重新启动。已保存的内容没有丢失。',
};

/** 窗口框架：顶栏、提示、任务、设置。 */
export const shell = {
  name: 'Mambrush',
  views: { annotate: '标注', gallery: '图库', train: '训练', review: '检查' },
  project: {
    close: '关闭项目',
    export: '导出…',
    gone: '项目 {name} 已关闭。此后绘制的内容会保留在本窗口中，直到重新打开。{reason}',
    openAgain: '重新打开',
  },
  save: {
    saved: '已保存',
    saving: '正在保存…',
    failed: '未保存',
    failedHint: '{count} 处修改尚未保存：{reason}',
    retry: '重试',
  },
  connection: {
    connecting: '正在连接引擎…',
    lost: '引擎没有响应，正在重新连接… 已完成的笔画不会丢失。',
    restarted: '引擎已重新启动，已完成的笔画没有丢失。',
  },
  tasks: {
    title: '任务',
    cancel: '取消',
    left: '剩余 {time}',
  },
  thisFile: '该文件',
  notices: { title: '提示', dismiss: '关闭提示', undo: '撤销' },
  settings: {
    title: '设置',
    language: '语言',
    theme: '主题',
    themes: { system: '跟随系统', dark: '深色', light: '浅色' },
    keys: '键盘快捷键',
  },
  states: { unlabelled: '未标注', 'in-progress': '进行中', done: '已完成' },
  parts: { train: '训练集', val: '验证集', test: '测试集' },
  dialog: { close: '关闭', cancel: '取消', choose: '选择' },
  time: { seconds: '{n} 秒', minutes: '{m} 分 {s} 秒', hours: '{h} 小时 {m} 分' },
};

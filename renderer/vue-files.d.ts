/** For tools that know TypeScript but not Vue: a component is a component. vue-tsc sees the real types. */
declare module '*.vue' {
  import type { Component } from 'vue';

  const component: Component;
  export default component;
}

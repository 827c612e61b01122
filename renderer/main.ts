/**
 * The window: puts the application together. Convention: what a person had open comes back before anything is shown.
 */
import { createPinia } from 'pinia';
import { createApp } from 'vue';
import App from './App.vue';
import { i18n } from './locales/i18n.ts';
import { usePreferences } from './stores/shell/preferences.ts';
import { lendGraphicsCard } from './transport/lend-graphics-card.ts';
import './styles/tokens.css';
import './styles/base.css';

const app = createApp(App).use(createPinia()).use(i18n);
void usePreferences()
  .load()
  .finally(() => {
    app.mount('#app');
    lendGraphicsCard();
  });

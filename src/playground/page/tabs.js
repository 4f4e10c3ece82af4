import { byId } from './dom.js';

/**
 * Makes a tab list work as its role promises: arrow keys move, only the chosen tab is in the order of the Tab key.
 *
 * @param {HTMLElement} tabList its tabs name their panels in aria-controls
 */
export function activateTabs(tabList) {
  const tabs = [...tabList.querySelectorAll('[role=tab]')];
  const choose = (chosen) => {
    for (const tab of tabs) {
      tab.ariaSelected = String(tab === chosen);
      tab.tabIndex = tab === chosen ? 0 : -1;
      byId(tab.getAttribute('aria-controls')).hidden = tab !== chosen;
    }
  };
  tabList.addEventListener('click', ({ target }) => {
    if (tabs.includes(target)) choose(target);
  });
  tabList.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = tabs[(tabs.indexOf(event.target) + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
}

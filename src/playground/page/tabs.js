import { byId } from './dom.js';

/**
 * Makes a tab list work as its role promises: arrow keys move, only the chosen tab is in the order of the Tab key.
 *
 * @param {HTMLElement} tabList its tabs name their panels in aria-controls
 * @param {() => void} chosen after another panel is shown
 */
export function activateTabs(tabList, chosen) {
  const tabs = [...tabList.querySelectorAll('[role=tab]')];
  const choose = (current) => {
    for (const tab of tabs) {
      tab.ariaSelected = String(tab === current);
      tab.tabIndex = tab === current ? 0 : -1;
      byId(tab.getAttribute('aria-controls')).hidden = tab !== current;
    }
    chosen();
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

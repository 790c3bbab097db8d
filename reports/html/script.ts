/**
 * The script of the page. Without it everything can be read; with it one steps through pictures, copies, downloads, sorts and filters.
 * It reads texts from the page and writes them back as texts only.
 */
export const SCRIPT = String.raw`
'use strict';
document.documentElement.classList.add('js');

document.addEventListener('DOMContentLoaded', () => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (name, properties, ...children) => {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  };

  // Step through the pictures of a finding.
  for (const trace of all('.trace')) {
    const frames = all('.frame', trace);
    if (frames.length === 0) continue;
    const rows = all('tbody tr', trace);
    const range = make('input', { type: 'range', min: 1, max: frames.length, step: 1 });
    range.setAttribute('aria-label', 'Step');
    const back = make('button', { type: 'button', textContent: '‹', title: 'Step before (←)' });
    const on = make('button', { type: 'button', textContent: '›', title: 'Step after (→)' });
    let current = 0;
    const show = (step) => {
      current = Math.min(Math.max(step, 1), frames.length);
      frames.forEach((frame, i) => frame.classList.toggle('current', i === current - 1));
      rows.forEach((row, i) => {
        row.classList.toggle('current', i === current - 1);
        if (i === current - 1) row.setAttribute('aria-current', 'step');
        else row.removeAttribute('aria-current');
      });
      range.value = current;
      range.setAttribute('aria-valuetext', 'after step ' + current + ' of ' + frames.length);
      back.disabled = current === 1;
      on.disabled = current === frames.length;
    };
    back.addEventListener('click', () => show(current - 1));
    on.addEventListener('click', () => show(current + 1));
    range.addEventListener('input', () => show(Number(range.value)));
    trace.tabIndex = 0;
    trace.addEventListener('keydown', (event) => {
      if (event.target === range || event.altKey || event.ctrlKey || event.metaKey) return;
      const to = { ArrowLeft: current - 1, ArrowUp: current - 1, ArrowRight: current + 1, ArrowDown: current + 1, Home: 1, End: frames.length }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      show(to);
    });
    rows.forEach((row, i) => row.addEventListener('click', (event) => {
      event.preventDefault();
      show(i + 1);
    }));
    trace.querySelector('.frames').prepend(make('div', { className: 'stepper' }, back, range, on));
    show(Number(trace.dataset.start));
  }

  // Copy and download.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = make('textarea', { value: text });
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
  };
  for (const block of all('pre.copyable')) {
    const button = make('button', { type: 'button', className: 'copy', textContent: 'Copy' });
    button.addEventListener('click', async () => {
      await copy(block.textContent);
      button.textContent = 'Copied';
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    });
    const frame = make('div', { className: 'block' });
    block.replaceWith(frame);
    frame.append(block, button);
  }
  for (const link of all('a.download')) {
    const source = link.closest('details').querySelector('pre');
    link.addEventListener('click', () => {
      link.href = 'data:text/x-csrc;charset=utf-8,' + encodeURIComponent(source.textContent);
    });
  }

  // A table whose rows can be sorted and filtered.
  for (const table of all('table.sortable')) {
    const body = table.tBodies[0];
    const rows = [...body.rows];
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const button = make('button', { type: 'button', textContent: head.textContent });
      head.replaceChildren(button);
      const key = (row) => row.cells[column].dataset.value;
      button.addEventListener('click', () => {
        const down = head.getAttribute('aria-sort') === 'ascending';
        for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const text = (row) => row.cells[column].textContent;
        const compare = (a, b) => key(a) === undefined ? text(a).localeCompare(text(b)) : Number(key(a)) - Number(key(b));
        body.append(...rows.sort((a, b) => down ? compare(b, a) : compare(a, b)));
      });
    });
    const count = make('output', { className: 'note' });
    const input = make('input', { type: 'search', placeholder: 'Filter: munmap, diverges, not exercised …' });
    input.setAttribute('aria-label', 'Filter the table');
    const filter = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter((word) => word !== '');
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown++;
      }
      count.textContent = shown + ' of ' + rows.length;
    };
    input.addEventListener('input', filter);
    table.parentElement.before(make('div', { className: 'filter' }, input, count));
    filter();
  }

  // Findings: the first is open, all can be, and a link to one opens it.
  const findings = all('.finding');
  if (findings.length > 0) {
    findings[0].open = true;
    if (findings.length > 1) {
      const button = make('button', { type: 'button', className: 'all', textContent: 'Open all' });
      button.addEventListener('click', () => {
        const open = button.textContent === 'Open all';
        for (const finding of findings) finding.open = open;
        button.textContent = open ? 'Close all' : 'Open all';
      });
      document.querySelector('#findings h2').append(button);
    }
  }
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null) return;
    for (let element = target; element !== null; element = element.parentElement) if (element.matches('details')) element.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  reveal();

  let closed = [];
  addEventListener('beforeprint', () => {
    closed = all('.finding:not([open])');
    for (const finding of closed) finding.open = true;
  });
  addEventListener('afterprint', () => {
    for (const finding of closed) finding.open = false;
  });
});
`;

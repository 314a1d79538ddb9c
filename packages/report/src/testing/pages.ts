import { parseHTML } from 'linkedom/worker';
import { expect } from '@jest/globals';

/** A page as parsed by a browser. */
export function documentOf(page: string): Document {
  return parseHTML(page).document;
}

/** All text of a page, with single blanks. */
export function textOf(page: string): string {
  const { body } = documentOf(page);
  return (body.textContent ?? '').replaceAll(/\s+/g, ' ');
}

/** Fails if a page loads or runs anything, or is too large. */
export function expectSelfContained(page: string): void {
  const document = documentOf(page);
  expect(new TextEncoder().encode(page).length).toBeLessThanOrEqual(2 ** 20);
  expect(document.documentElement.getAttribute('lang')).toBe('en');
  const elements = [...document.querySelectorAll('*')];
  const active = ['script', 'link', 'iframe', 'object', 'embed', 'base', 'form', 'foreignobject'];
  expect(elements.filter(({ tagName }) => active.includes(tagName.toLowerCase()))).toEqual([]);
  for (const element of elements) {
    for (const { name, value } of element.attributes) {
      expect(name).not.toMatch(/^on/i);
      if (/^(?:src|srcset|href|xlink:href|action|data|poster)$/i.test(name)) {
        expect(value).toMatch(/^#/);
      }
      if (name === 'style') expect(value).not.toMatch(/url\(/i);
    }
  }
  expect(document.querySelector('style')!.textContent).not.toMatch(/url\(|@import/i);
}

/** Fails for a figure or table without a text for screen readers. */
export function expectAccessible(page: string): void {
  const document = documentOf(page);
  for (const figure of document.querySelectorAll('figure')) {
    expect(figure.querySelector('figcaption h3')!.textContent).not.toBe('');
    const label = figure.querySelector('svg[role=img]')!.getAttribute('aria-label')!;
    expect(label.length).toBeGreaterThan(10);
  }
  for (const table of document.querySelectorAll('table')) {
    expect(table.querySelector('caption')!.textContent).not.toBe('');
    expect(table.querySelectorAll('thead th[scope=col]').length).toBeGreaterThan(1);
    for (const row of table.querySelectorAll('tbody tr')) {
      expect(row.querySelectorAll('th[scope=row]')).toHaveLength(1);
    }
  }
}

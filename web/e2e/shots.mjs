// Pictures of every page in both languages and themes, for docs/workbench.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stage } from './stage.mjs';

const out = process.env.SHOTS ?? join(ROOT, 'docs', 'workbench');
const only = process.argv.slice(2);
mkdirSync(out, { recursive: true });

const PAGES = {
  overview: async () => {},
  review: async (page) => {
    await page.waitForSelector('.waterfall .total');
    await page.waitForSelector('.effects .effect, .effects p.quiet');
  },
  customers: async (page) => {
    await page.fill('#search', 'anna');
    await page.waitForSelector('.hits li');
  },
  customer: async (page) => {
    await page.waitForSelector('.graph .node, .links p');
  },
  why: async (page) => {
    await page.waitForSelector('.waterfall .total');
  },
  rules: async (page) => {
    await page.getByRole('button', { name: /See the impact|Wirkung ansehen/ }).click();
    await page.waitForSelector('.headline', { timeout: 60_000 });
  },
  editor: async (page) => {
    await page.waitForSelector('.editor >> css=.cm-content');
    await page.waitForTimeout(700);
  },
  model: async () => {},
  audit: async () => {},
};

const URL_OF = {
  overview: '#/overview',
  review: '#/review',
  customers: '#/customers',
  customer: '',
  why: '',
  rules: '#/rules/draft/1',
  editor: '#/rules/draft/1',
  model: '#/model',
  audit: '#/audit',
};

const stage = process.env.WORKBENCH_URL ? new Stage() : await Stage.open();
if (process.env.WORKBENCH_URL) {
  const { chromium } = await import('playwright-core');
  stage.browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
  stage.url = process.env.WORKBENCH_URL;
} else await stage.serve();

const ask = async (path, body) => {
  const request = body
    ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    : {};
  return (await fetch(stage.url + path, request)).json();
};

// A few judgements and a draft, so that there is something to show.
const queue = await ask('/v1/review?limit=12');
if ((await ask('/v1/rules')).drafts.length === 0) {
  for (const [at, item] of queue.items.slice(4, 10).entries()) {
    const pairs = [{ a: item.a, b: item.b }];
    await ask('/v1/decisions', { steps: [{ as: at % 3 ? 'same' : 'different', pairs }] });
  }
  await ask('/v1/rules/drafts', {
    text: '# A wrong merge shows one customer the data of another.\n[thresholds]\nlink = 0.85\nreview = 0.15\n\n[cluster]\nsize_review = 8\n\n[[rule]]\nname = "same e-mail, other given name"\nwhen = "email is same and given_name is different"\nthen = "review"\n',
    reason: 'Fewer wrong merges in the newsletter',
    submit: false,
  });
}
const survey = await ask('/v1/survey');
const middle = survey.largest.find(([, size]) => size <= 9) ?? survey.largest[0];
URL_OF.customer = `#/customers/${middle[0]}`;
const first = queue.items[1];
URL_OF.why = `#/why?${new URLSearchParams({ a: `${first.a.source}:${first.a.record_id}`, b: `${first.b.source}:${first.b.record_id}` })}`;

for (const language of ['en', 'de']) {
  for (const theme of ['light', 'dark']) {
    for (const [name, ready] of Object.entries(PAGES)) {
      const shot = `${name}-${language}-${theme}`;
      if (only.length && !only.some((part) => shot.includes(part))) continue;
      const page = await stage.page({ language, theme });
      await page.goto(`${stage.url}/${URL_OF[name]}`);
      await page.waitForSelector('main h1, main h2');
      await page.waitForLoadState('networkidle');
      await ready(page);
      await page.waitForTimeout(250);
      await page.screenshot({ path: join(out, `${shot}.png`), fullPage: name === 'customer', scale: 'css' });
      if (page.faults.length) console.error(shot, page.faults);
      await page.context().close();
    }
  }
}
await stage.close().catch(() => {});

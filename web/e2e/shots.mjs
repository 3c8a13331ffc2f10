// Pictures of every page in both languages and themes, for docs/workbench; PNG
// too in the folder that SHOTS names, for looking at them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, Stage } from './stage.mjs';

const out = join(ROOT, 'docs', 'workbench');
const only = process.argv.slice(2);
mkdirSync(out, { recursive: true });
if (process.env.SHOTS) mkdirSync(process.env.SHOTS, { recursive: true });

const PAGES = {
  overview: async (page) => {
    await page.waitForSelector('.estimate .range b', { timeout: 60_000 });
    await page.waitForSelector('.days svg, .chart-place svg, .overview svg', { timeout: 5000 }).catch(() => {});
  },
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
  forms: async (page) => {
    await page.locator('.tabs button').nth(1).click();
    await page.waitForSelector('.weight-form tbody tr');
  },
  compare: async (page) => {
    await page.waitForSelector('.side-by-side tr.differs', { timeout: 60_000 });
  },
  approval: async (page) => {
    await page.waitForSelector('.proposal .before-after .card');
  },
  model: async (page) => {
    await page.waitForSelector('.key-table tbody tr', { timeout: 60_000 });
  },
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
  forms: '#/rules/draft/1',
  compare: '#/rules/compare',
  approval: '#/review?kind=proposed',
  model: '#/model',
  audit: '#/audit',
};

const stage = await Stage.open(['--four-eyes-decisions', 'joins']);
const anna = stage.token('anna', 'reader', 'steward', 'approver', 'administrator');
const otto = stage.token('otto', 'steward', 'approver');
await stage.serve();

const ask = async (path, body, token = anna) => {
  const headers = { Authorization: `Bearer ${token}`, ...(body ? { 'Content-Type': 'application/json' } : {}) };
  const answer = await fetch(stage.url + path, body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers });
  return answer.status === 204 ? null : answer.json();
};

// A sample judged by the truth, some judgements, proposals and drafts, so that
// there is something to show.
const truth = new Map(
  readFileSync(join(ROOT, 'testdata', 'channels', 'truth.csv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))
    .map(([source, id, entity]) => [`${source}:${id}`, entity]),
);
const entity = (name) => truth.get(`${name.source}:${name.record_id}`);
const decide = async ({ a, b }, verdict, token = anna) => {
  const made = await ask('/v1/decisions', { steps: [{ as: verdict, pairs: [{ a, b }] }], why: 'Same phone, moved house' }, token);
  return made.proposal?.number;
};
await ask('/v1/sample', { pairs: 120 });
while ((await ask('/v1/sample')).is_being_drawn) await new Promise((done) => setTimeout(done, 200));
for (const item of (await ask('/v1/review?kind=sample&limit=90')).items) {
  const number = await decide(item, entity(item.a) === entity(item.b) ? 'same' : 'different');
  if (number) await ask(`/v1/proposals/${number}/approve`, {}, otto);
}
const queue = await ask('/v1/review?limit=14');
for (const item of queue.items.slice(8, 11)) await decide(item, 'different');
for (const item of queue.items.slice(11, 13)) await decide(item, 'same', otto);
const drafts = [
  [
    'Fewer wrong merges in the newsletter',
    '# A wrong merge shows one customer the data of another.\n[thresholds]\nlink = 0.85\nreview = 0.15\n\n[cluster]\nsize_review = 8\n\n[[rule]]\nname = "same e-mail, other given name"\nwhen = "email is same and given_name is different"\nthen = "review"\n',
  ],
  [
    'A phone says less, since families share it',
    '[[comparison]]\non = "phone"\nweights = { same = 4.0 }\n\n[blocking]\nkeys = ["email", "phone", "family_name + birth_date"]\n',
  ],
];
for (const [reason, text] of drafts) await ask('/v1/rules/drafts', { text, reason, submit: false });
// What takes a while is worked out before the first picture.
await ask('/v1/appraisal');
const survey = await ask('/v1/survey');
const middle = survey.largest.find(([, size]) => size <= 9) ?? survey.largest[0];
URL_OF.customer = `#/customers/${middle[0]}`;
const first = queue.items[1];
const packer = await stage.page();

/** As WebP, which is a fourth of the size. */
async function pack(png) {
  const packed = await packer.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob({ type: 'image/webp', quality: 0.82 });
    return btoa(Array.from(new Uint8Array(await blob.arrayBuffer()), (byte) => String.fromCharCode(byte)).join(''));
  }, png.toString('base64'));
  return Buffer.from(packed, 'base64');
}
URL_OF.why = `#/why?${new URLSearchParams({ a: `${first.a.source}:${first.a.record_id}`, b: `${first.b.source}:${first.b.record_id}` })}`;

for (const language of ['en', 'de']) {
  for (const theme of ['light', 'dark']) {
    for (const [name, ready] of Object.entries(PAGES)) {
      const shot = `${name}-${language}-${theme}`;
      if (only.length && !only.some((part) => shot.includes(part))) continue;
      const page = await stage.page({ language, theme, token: anna });
      page.setDefaultTimeout(60_000);
      await page.goto(`${stage.url}/${URL_OF[name]}`);
      await page.waitForSelector('main h1, main h2');
      await page.waitForLoadState('networkidle');
      await ready(page);
      await page.waitForTimeout(250);
      const png = await page.screenshot({ fullPage: ['customer', 'overview', 'forms', 'compare'].includes(name), scale: 'css' });
      if (process.env.SHOTS) writeFileSync(join(process.env.SHOTS, `${shot}.png`), png);
      writeFileSync(join(out, `${shot}.webp`), await pack(png));
      if (page.faults.length) console.error(shot, page.faults);
      await page.context().close();
    }
  }
}
await stage.close();

// A service over a store of its own, and a browser that looks at it.
import { spawn, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const BINARY =
  process.env.EINKLANG_BIN ?? join(resolve(ROOT, process.env.CARGO_TARGET_DIR ?? 'target'), 'release', 'einklang');
const CHANNELS = ['shop', 'crm', 'newsletter', 'till', 'support'].map((name) =>
  join(ROOT, 'testdata', 'channels', `${name}.csv`),
);
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The same engine on the command line; what it printed. */
export function einklang(...args) {
  return execFileSync(BINARY, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

export class Stage {
  static async open(flags = []) {
    const stage = new Stage();
    stage.folder = mkdtempSync(join(tmpdir(), 'einklang-e2e-'));
    stage.store = join(stage.folder, 'store');
    einklang('unify', '-q', ...CHANNELS, '--out', join(stage.folder, 'out'), '--store', stage.store);
    stage.flags = flags;
    stage.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: FLAGS,
      headless: true,
    });
    return stage;
  }

  /** A token with those roles; once there is one, everybody needs one. */
  token(name, ...roles) {
    return einklang('token', 'create', '--store', this.store, name, ...roles.flatMap((role) => ['--role', role]));
  }

  async serve() {
    const child = spawn(BINARY, ['serve', '--store', this.store, '--listen', '127.0.0.1:0', ...this.flags], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.child = child;
    this.url = await new Promise((found, failed) => {
      let text = '';
      child.stderr.on('data', (part) => {
        text += part;
        const address = /"address":"([^"]+)"/.exec(text);
        if (address) found(`http://${address[1]}`);
      });
      child.on('exit', () => failed(new Error(`the service ended: ${text}`)));
    });
  }

  async stop() {
    const { child } = this;
    if (!child || child.exitCode !== null) return;
    await new Promise((gone) => {
      child.removeAllListeners('exit');
      child.on('exit', gone);
      child.kill('SIGTERM');
    });
  }

  /** A page of a user of its own; every request to another host, and every error, is kept. */
  async page({ token, language = 'en', theme = 'light', width = 1280, height = 860 } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      locale: language === 'de' ? 'de-DE' : 'en-GB',
      timezoneId: 'Europe/Berlin',
      colorScheme: theme,
      reducedMotion: 'reduce',
    });
    if (token) {
      await context.addInitScript((secret) => sessionStorage.setItem('einklang.token', secret), token);
    }
    const page = await context.newPage();
    page.faults = [];
    page.on('pageerror', (error) => page.faults.push(String(error)));
    page.on('console', (message) => {
      // A refused request is told in the page; the browser tells it once more.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) page.faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !/^(blob|data):/.test(request.url())) page.faults.push(`asked ${request.url()}`);
    });
    page.setDefaultTimeout(15_000);
    return page;
  }

  async close() {
    await this.browser?.close();
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const axeSource = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

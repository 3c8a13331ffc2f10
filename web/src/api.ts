// The service as functions: who asks, what it answers, and what went wrong.

export interface Member {
  source: string;
  record_id: string;
}
export interface Golden extends Member {
  value: string;
  pinned?: { number: number; who: string; why: string; at: string };
}
export interface Customer {
  customer_id: string;
  born: number;
  golden: Record<string, Golden>;
  members: Member[];
}
export interface Retired {
  customer_id: string;
  successors: string[];
}
export type Judgement = 'positive' | 'negative' | 'unsure' | 'withdrawn';
export type Verdict = 'same' | 'different' | 'unsure' | 'withdrawn';
export interface RecordView extends Member {
  customer_id: string;
  fields: Record<string, string>;
  values: { field: string; value: string; compared: string | null }[];
  judgements: (Member & { judgement: Judgement })[];
}
export interface Evidence {
  comparison: string;
  level: string;
  weight: number;
}
export interface Alternative {
  value: string;
  is_golden: boolean;
  verdict: string;
  records: number[];
}
export interface Link {
  a: number;
  b: number;
  weight: number;
  probability: number;
  joins: boolean;
  is_bridge: boolean;
  judgement?: Judgement;
}
export interface Neighbour extends Member {
  of: number;
  relation: string;
  name: string;
  customer_id: string;
  weight: number;
  probability: number;
  band: string;
  evidence: Evidence[];
}
export interface Desk {
  customer: Customer;
  records: RecordView[];
  fields: { field: string; order: string[]; values: Alternative[] }[];
  links: Link[];
  neighbours: Neighbour[];
}
export interface Change {
  seq: number;
  kind: string;
  customer_id: string;
  others?: string[];
  at: string;
  cause: string;
  model_version: number;
  members?: Member[];
  golden?: Record<string, Golden>;
}
export interface Foreseen {
  kind: string;
  customer_id: string;
  others?: string[];
  before: Customer[];
  members?: Member[];
  golden?: Record<string, Golden>;
}
export interface Step {
  comparison: string;
  level: string;
  weight: number;
  total: number;
}
export interface Value {
  display: string;
  canonical: string | null;
}
export interface KeyFinding {
  key: string;
  verdict: 'brought' | 'split' | 'left_out' | 'missing' | 'differs';
  records?: number;
  a?: string[];
  b?: string[];
  expressions?: string[];
}
export interface Explanation {
  a: string;
  b: string;
  together: boolean;
  prior: number;
  steps: Step[];
  weight: number;
  probability: number;
  link_weight: number;
  review_weight: number;
  entity: { record: string; others: number; weight: number } | null;
  rule: { name: string; then: string } | null;
  allowed: boolean;
  compared: boolean;
  keys: KeyFinding[];
  proposals: { key: string; pairs_new: number }[];
  raw: { name: string; cells: { column: string; attribute: string; value: string }[] }[];
  values: { field: string; a: Value | null; b: Value | null }[];
}
export interface Claim {
  by: string;
  is_own: boolean;
  seconds: number;
}
export interface Question {
  kind: 'pair' | 'cut' | 'bridge' | 'large' | 'changed' | 'sample';
  a: Member;
  b: Member;
  name_a: string;
  name_b: string;
  customer_a: string;
  customer_b: string;
  size_a: number;
  size_b: number;
  weight: number;
  probability: number;
  value: number;
  pattern: string;
  alike: number;
  assigned?: string;
  comments: number;
  claim?: Claim;
}
export interface Questions {
  items: Question[];
  open: Record<string, number>;
  sources: Record<string, number>;
  ages: Record<string, Record<string, number>>;
  sample: number;
  proposed: number;
  next?: string;
}
export interface Note {
  assigned?: string;
  comments: { who: string; text: string; at: string }[];
}
export interface Side {
  customer_id?: string;
  records?: Member[];
}
export interface DecisionStep {
  as: Verdict;
  a?: Side;
  b?: Side;
  pairs?: { a: Member; b: Member }[];
}
export interface UndoPair {
  a: Member;
  b: Member;
  as: Verdict;
}
export interface Made {
  changes: { seq: number; kind: string; customer_id: string; others?: string[] }[];
  undo: UndoPair[];
  proposal?: Proposal;
}
export interface Preview {
  changes: Foreseen[];
  pairs: number;
  needs_approval: boolean;
}
/** A decision that waits for somebody else's approval. */
export interface Proposal {
  number: number;
  who: string;
  why: string;
  at: string;
  pairs: { a: Member; b: Member; judgement: Judgement }[];
  pairs_count: number;
  pin?: { record: Member; field: string; value: string | null };
  customers: { customer_id: string; name: string; records: number }[];
}
/** What stewards' answers to a drawn sample say. */
export interface Sampling {
  is_being_drawn: boolean;
  fault?: string;
  sample?: {
    at: string;
    who: string;
    model_version: number;
    is_current: boolean;
    pairs: number;
    judged: number;
    precision?: [number, number, number];
    recall?: [number, number, number];
    reliability: { judged: number; expected: number; found: [number, number, number] }[];
  };
}
export interface Draft {
  number: number;
  text: string;
  author: string;
  reason: string;
  at: string;
  base: number;
  learns: boolean;
  is_submitted: boolean;
  is_sound: boolean;
}
export interface Version {
  version: number;
  is_in_force: boolean;
  author: string;
  approver: string;
  reason: string;
  at: string;
}
export interface Ruleset {
  in_force: number;
  text: string;
  versions: Version[];
  drafts: Draft[];
  four_eyes: boolean;
}
export interface Fault {
  line: number;
  column: number;
  from: number;
  to: number;
  message: string;
  hint?: string;
}
export interface DiffLine {
  kind: 'same' | 'added' | 'removed';
  before?: number;
  after?: number;
  text: string;
}
export interface Fit {
  same_linked: number;
  same_apart: number;
  different_linked: number;
  different_apart: number;
  precision: [number, number, number] | null;
  recall: [number, number, number] | null;
}
export interface Impact {
  base: number;
  last_change: number;
  records: number;
  customers_before: number;
  customers: number;
  kinds: Record<string, number>;
  sources: { source: string; kinds: Record<string, number> }[];
  sizes: Record<string, Record<string, number>>;
  golden: Record<string, number>;
  fit_before: Fit;
  fit: Fit;
  contradicted: { a: Member; b: Member; judgement: Judgement; weight_before: number; weight: number }[];
  samples: Foreseen[];
  seconds: number;
}
/** What a sample of the customers says of a draft. */
export interface Outlook {
  customers: number;
  records: number;
  of_customers: number;
  merged: [number, number, number];
  split: [number, number, number];
  seconds: number;
}
export interface Trial {
  trial: number;
  state: 'waiting' | 'running' | 'done' | 'failed';
  stage: string;
  share?: number;
  seconds: number;
  outlook?: Outlook;
  impact?: Impact;
  fault?: string;
}
export interface InForce {
  version: number;
  customers_before: number;
  customers: number;
  kinds: Record<string, number>;
}
export interface Survey {
  records: number;
  customers: number;
  last_change: number;
  model_version: number;
  judgements: number;
  sources: {
    name: string;
    records: number;
    duplicates: number;
    fields: Record<string, { filled: number; doubtful: number; unusable: number }>;
  }[];
  overlap: number[][];
  sizes: Record<string, number>;
  largest: [string, number][];
  days: Record<string, Record<string, number>>;
  day: Record<string, number>;
  duplicates: Record<string, number>;
}
/** A share with its bounds. */
export type Bounds = [number, number, number];
export type Reason = 'no_key' | 'too_many' | 'alone';
export interface Appraisal {
  records: number;
  precision: Bounds;
  recall: Bounds;
  pairs: number;
  pairs_per_record: number;
  lost: Bounds;
  keys: {
    key: string;
    blocks: number;
    block_size_max: number;
    pairs: number;
    pairs_new: number;
    found?: number;
    found_alone?: number;
  }[];
  unlinkable: {
    reasons: Partial<Record<Reason, number>>;
    sources: Record<string, Partial<Record<Reason, number>>>;
    held: [string[], number][];
    examples: Partial<Record<Reason, Member[]>>;
  };
  seconds: number;
}
export interface Weights {
  version: number;
  link_weight: number;
  review_weight: number;
  prior: number;
  records: number;
  pairs: number;
  labels: number;
  comparisons: {
    name: string;
    filled: number;
    levels: { level: string; weight: number; matches: number; strangers: number; by_hand: boolean }[];
  }[];
  keys: string[];
  hubs: { field: string; value: string; people: number; people_likely_max: number; records: number }[];
}
export interface AuditEntry {
  seq: number;
  at: string;
  who: string;
  action: string;
  subjects?: string[];
  why?: string;
  status: number;
  request_id: string;
}
export interface Page<T> {
  items: T[];
  next?: string;
}
export interface Me {
  name: string;
  roles: string[];
}
export interface JudgementMade {
  number: number;
  a: Member;
  b: Member;
  judgement: Judgement;
  who: string;
  why: string;
  at: string;
}

/** What the service says when it cannot do what was asked. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly hint: string | undefined,
    readonly requestId: string | undefined,
  ) {
    super(message);
  }
}

const TOKEN = 'einklang.token';
let token = sessionStorage.getItem(TOKEN);
let whenSignedOut: () => void = () => {};

/** Keeps the token as long as this tab is open. */
export function setToken(next: string | null): void {
  token = next;
  if (next) sessionStorage.setItem(TOKEN, next);
  else sessionStorage.removeItem(TOKEN);
}

export function onSignedOut(then: () => void): void {
  whenSignedOut = then;
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = {};
  if (token) headers['Authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  const request: RequestInit = { method, headers, credentials: 'omit' };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal) request.signal = signal;
  let answer: Response;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem(0, 'unreachable', undefined, undefined);
  }
  if (answer.ok) return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
  const told = (await answer.json().catch(() => ({}))) as Record<string, string | undefined>;
  if (answer.status === 401) whenSignedOut();
  const detail = told['detail'] ?? answer.statusText;
  throw new Problem(answer.status, detail, told['hint'], told['request_id']);
}

const part = encodeURIComponent;

function query(parameters: Record<string, string | number | undefined>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '');
  return given.length ? `?${given.map(([name, value]) => `${name}=${part(String(value))}`).join('&')}` : '';
}

export const api = {
  me: () => ask<Me>('GET', '/v1/me'),
  counts: () =>
    ask<{ records: number; customers: number; last_change: number; model_version: number }>('GET', '/v1/counts'),
  search: (words: string, limit: number, signal?: AbortSignal) =>
    ask<{ items: (Customer & { score: number })[] }>('POST', '/v1/search', { words, limit }, signal),
  customer: (id: string) => ask<Customer | Retired>('GET', `/v1/customers/${part(id)}`),
  desk: (id: string) => ask<Desk>('GET', `/v1/customers/${part(id)}/desk`),
  /** Changes of a customer, the latest first. */
  history: (id: string, from: { cursor?: string | undefined; until?: string; limit: number }) =>
    ask<Page<Change>>('GET', `/v1/customers/${part(id)}/history${query({ order: 'newest', ...from })}`),
  record: (name: Member) => ask<RecordView>('GET', `/v1/records/${part(name.source)}/${part(name.record_id)}`),
  explain: (a: Member, b: Member, signal?: AbortSignal) =>
    ask<Explanation>('POST', '/v1/explain', { a: bare(a), b: bare(b) }, signal),
  review: (filter: { kind?: string; source?: string; pattern?: string; assigned?: string; cursor?: string; limit?: number }) =>
    ask<Questions>('GET', `/v1/review${query(filter)}`),
  claim: (a: Member, b: Member, release = false) =>
    ask<{ claim?: Claim } & Note>('POST', '/v1/review/claims', { a: bare(a), b: bare(b), release }),
  note: (a: Member, b: Member, note: { assign?: string; comment?: string }) =>
    ask<Note>('POST', '/v1/review/notes', { a: bare(a), b: bare(b), ...note }),
  decide: (steps: DecisionStep[], why: string, ifOpen: boolean) =>
    ask<Made>('POST', '/v1/decisions', { steps, why, if_open: ifOpen }),
  pin: (customer: string, field: string, value: string | null, why: string) =>
    ask<{ changes: Made['changes']; proposal?: Proposal }>('POST', '/v1/pins', { customer_id: customer, field, value, why }),
  preview: (steps: DecisionStep[], signal?: AbortSignal) =>
    ask<Preview>('POST', '/v1/decisions/preview', { steps }, signal),
  proposals: () => ask<{ items: Proposal[] }>('GET', '/v1/proposals'),
  approve: (number: number) => ask<Made>('POST', `/v1/proposals/${number}/approve`),
  turnDown: (number: number, why: string) => ask<void>('POST', `/v1/proposals/${number}/turn-down`, { why }),
  sample: () => ask<Sampling>('GET', '/v1/sample'),
  drawSample: (pairs: number) => ask<Sampling>('POST', '/v1/sample', { pairs }),
  rules: () => ask<Ruleset>('GET', '/v1/rules'),
  ruleText: (version: number) => ask<{ text: string }>('GET', `/v1/rules/versions/${version}`),
  ruleSchema: () => ask<unknown>('GET', '/v1/rules/schema'),
  checkRules: (text: string, learns: boolean, signal?: AbortSignal) =>
    ask<{ faults: Fault[] }>('POST', '/v1/rules/check', { text, learns }, signal),
  diff: (before: object, after: object) => ask<{ lines: DiffLine[] }>('POST', '/v1/rules/diff', { before, after }),
  saveDraft: (draft: { number?: number; text: string; reason: string; learns: boolean; submit: boolean }) =>
    ask<Draft>('POST', '/v1/rules/drafts', draft),
  dropDraft: (number: number) => ask<void>('DELETE', `/v1/rules/drafts/${number}`),
  tryRules: (text: string, learns: boolean) => ask<Trial>('POST', '/v1/rules/trials', { text, learns }),
  prepareTrials: () => ask<void>('POST', '/v1/rules/trials/prepare'),
  trial: (number: number) => ask<Trial>('GET', `/v1/rules/trials/${number}`),
  applyDraft: (number: number, base: number) => ask<InForce>('POST', `/v1/rules/drafts/${number}/apply`, { base }),
  rollBack: (version: number, reason: string) => ask<InForce>('POST', '/v1/rules/rollback', { version, reason }),
  appraisal: () => ask<Appraisal>('GET', '/v1/appraisal'),
  survey: () => ask<Survey>('GET', '/v1/survey'),
  weights: () => ask<Weights>('GET', '/v1/model/weights'),
  judgements: (cursor: number) => ask<Page<JudgementMade>>('GET', `/v1/judgements?limit=1000&cursor=${cursor}`),
  audit: (filter: { cursor?: string; who?: string; action?: string; subject?: string; limit?: number }) =>
    ask<Page<AuditEntry>>('GET', `/v1/audit${query(filter)}`),
};

function bare({ source, record_id }: Member): Member {
  return { source, record_id };
}

export function sameMember(a: Member, b: Member): boolean {
  return a.source === b.source && a.record_id === b.record_id;
}

export function memberName(name: Member): string {
  return `${name.source}:${name.record_id}`;
}

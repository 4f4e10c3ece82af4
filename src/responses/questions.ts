import type { OutputItem } from '../contracts/responses-api.js';
import type { ModelTarget } from '../models/model-catalogue.js';
import type { ModelsService } from '../models/models.service.js';
import { toItems } from '../state/join-input.js';
import type { TranslatedRequest } from '../translation/request/translate-request.js';
import type { Question } from '../translation/segments/ask-again.js';
import { refusesImages } from '../upstreams/media-refusal.js';
import { lacksToolParser } from '../upstreams/upstream.errors.js';
import { summaryInput } from './contexts/summary-input.js';
import type { PreparedRequest } from './prepared-request.js';
import type { RequestTranslator } from './request-translator.service.js';
import { goingOn, type Progress } from './tools/serve-answer.js';
import { warn } from './warn.js';

/** What the client may have written at most, a summary may not be cut off by. */
const NO_LIMIT = { max_output_tokens: null, max_completion_tokens: null, max_tokens: null };

/** What the model is asked in the course of one answer, besides what it is asked first: each is a translation of the request. */
export class Questions {
  private target: ModelTarget;
  /** The last one, for what is shorter than it. */
  private latest: TranslatedRequest;
  private progress: Progress | null = null;

  constructor(
    readonly prepared: PreparedRequest,
    private readonly translator: RequestTranslator,
    private readonly models: ModelsService,
  ) {
    this.target = prepared.target;
    this.latest = prepared.translated;
  }

  /** What it says to the results of tools. */
  next(progress: Progress): Question {
    this.progress = progress;
    this.latest = this.translateItems(this.shown);
    return this.latest;
  }

  /** Where a server has refused to answer what it was `asked`, and would take something else; else null. */
  anew(error: unknown, asked: Question): Question | null {
    const { truncation, context, translated } = this.prepared;
    const shorter = truncation?.shorten(error, asked, this.latest, (items) => this.translateItems(items));
    if (shorter) {
      this.latest = shorter.translated;
      warn(context, 'truncated');
      return shorter.question;
    }
    if (refusesImages(error, translated.chat)) this.models.switchToNotes(this.target);
    const raw = this.withoutServersParser(error);
    if (!raw) return null;
    this.target = raw;
    this.latest = this.progress
      ? this.translateItems(this.shown)
      : this.translator.translate(this.prepared, raw, truncation ? { input: truncation.shown } : {});
    return this.latest;
  }

  /** Has it sum up a conversation whose answer stands; null where the context of so many tokens is short enough. */
  summary(tokens: number, output: readonly OutputItem[]): Question | null {
    const { context, compactAt } = this.prepared;
    if (compactAt === null || tokens < compactAt) return null;
    try {
      return this.translator.translateBody(this.prepared, this.target, {
        input: summaryInput(this.shown, output),
        ...NO_LIMIT,
      });
    } catch {
      warn(context, 'not_compacted');
      return null;
    }
  }

  private get shown(): readonly unknown[] {
    const { truncation, resolved } = this.prepared;
    return truncation?.shown ?? toItems(resolved.input);
  }

  private translateItems(items: readonly unknown[]): TranslatedRequest {
    const { tool_choice: choice } = this.prepared.request.body;
    const changes = this.progress ? goingOn(items, choice, this.progress) : { input: items };
    return this.translator.translateBody(this.prepared, this.target, changes);
  }

  /** The model to ask again, when the server does not read calls and the gateway can. */
  private withoutServersParser(error: unknown): ModelTarget | null {
    const isAutomatic = this.target.profile.toolCalls === 'auto';
    return isAutomatic && lacksToolParser(error) ? this.models.switchToRaw(this.target) : null;
  }
}

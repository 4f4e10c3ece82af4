import { Injectable } from '@nestjs/common';

/** Tokens that were used up, by the ids of callers. */
@Injectable()
export class UsageMeter {
  private readonly tokens = new Map<string, number>();

  read(caller: string): number {
    return this.tokens.get(caller) ?? 0;
  }

  add(caller: string, tokens: number): void {
    this.tokens.set(caller, this.read(caller) + tokens);
  }
}

import type { RawObject } from '../../contracts/raw-object.js';
import type { EnvelopeSealer } from '../../sealing/envelope-sealer.js';
import type { StoredItem } from '../stored-item.js';

/** No JSON begins like this. */
const SEALED = 'sealed:';

/** How items, and what else is confidential, are written into the database: as it is, or sealed where a key is set. */
export class ItemBodies {
  constructor(
    private readonly sealer: EnvelopeSealer,
    private readonly hasKey: boolean,
  ) {}

  write(tenant: string, item: RawObject): string {
    const text = JSON.stringify(item);
    return item.type === 'reasoning' ? this.seal(tenant, text) : text;
  }

  seal(tenant: string, text: string): string {
    return this.hasKey ? SEALED + this.sealer.seal('stored', text, tenant) : text;
  }

  isSealed(text: string): boolean {
    return text.startsWith(SEALED);
  }

  /** @returns null where the key that sealed it is gone */
  open(tenant: string, text: string): string | null {
    return this.isSealed(text) ? this.sealer.open('stored', text.slice(SEALED.length), tenant) : text;
  }

  /** @returns null where the key that sealed it is gone */
  read(tenant: string, text: string): StoredItem | null {
    const opened = this.open(tenant, text);
    return opened === null ? null : (JSON.parse(opened) as StoredItem);
  }

  /** An item as it is shown: one whose key is gone (only reasoning is sealed) without its text. */
  show(tenant: string, row: { id: string; body: string }): StoredItem {
    return this.read(tenant, row.body) ?? withoutText(row.id);
  }
}

function withoutText(id: string): StoredItem {
  return { type: 'reasoning', id, status: 'completed', summary: [] };
}

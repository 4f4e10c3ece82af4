import { Injectable } from '@nestjs/common';
import { isObject } from '../contracts/raw-object.js';
import { BodyPipe, type Checked } from '../responses/dto/body.pipe.js';
import { AddItemsDto, CreateConversationDto, UpdateConversationDto } from './conversations.dto.js';

@Injectable()
export class CreateConversationPipe extends BodyPipe<CreateConversationDto> {
  constructor() {
    super(CreateConversationDto, []);
  }

  /** A conversation can begin with nothing, not even a body. */
  override transform(raw: unknown): Checked<CreateConversationDto> {
    return super.transform(raw ?? {});
  }
}

@Injectable()
export class UpdateConversationPipe extends BodyPipe<UpdateConversationDto> {
  constructor() {
    super(UpdateConversationDto, ['metadata']);
  }

  /** Here null is no absent field: it empties the metadata. */
  override transform(raw: unknown): Checked<UpdateConversationDto> {
    return super.transform(isObject(raw) && raw.metadata === null ? { ...raw, metadata: {} } : raw);
  }
}

@Injectable()
export class AddItemsPipe extends BodyPipe<AddItemsDto> {
  constructor() {
    super(AddItemsDto, ['items']);
  }
}

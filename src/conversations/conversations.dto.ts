import { IsArray, IsObject, IsOptional } from 'class-validator';

/** Body of `POST /v1/conversations`. */
export class CreateConversationDto {
  @IsOptional()
  @IsArray()
  items?: unknown[] | null;

  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown> | null;
}

/** Body of `POST /v1/conversations/{id}`. */
export class UpdateConversationDto {
  @IsObject()
  metadata!: Record<string, unknown>;
}

/** Body of `POST /v1/conversations/{id}/items`. */
export class AddItemsDto {
  @IsArray()
  items!: unknown[];
}

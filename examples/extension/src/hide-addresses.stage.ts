import { ReplaceText, ResponseStage, type ResponseStageFactory, type SegmentStage } from 'responses-gateway';

/** No answer tells an e-mail address. */
@ResponseStage({ order: 10 })
export class HideAddressesStage implements ResponseStageFactory {
  create(): SegmentStage {
    return new ReplaceText({
      pattern: /[\w.+-]{1,32}@[\w-]{1,24}(\.[\w-]{1,12}){1,2}/,
      by: '[address]',
      maxLength: 84,
    });
  }
}

import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { ModelCatalogue } from '../models/model-catalogue.js';
import { TranslationService } from '../translation/translation.service.js';

/** Tells the catalogue which parsers there are, extensions' too: a wrong name is met where the file is read, not by a request. */
@Injectable()
export class ParserNamesCheck implements OnApplicationBootstrap {
  constructor(
    private readonly catalogue: ModelCatalogue,
    private readonly translation: TranslationService,
  ) {}

  /** @throws Error naming the models whose parser nobody knows */
  onApplicationBootstrap(): void {
    this.catalogue.checkWith((entry) => this.translation.findUnknownParser(entry));
  }
}

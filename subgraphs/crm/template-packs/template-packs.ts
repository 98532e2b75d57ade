import { Type } from 'class-transformer';
import { IsArray, IsIn, IsInt, IsObject, Min, ValidateNested } from 'class-validator';
import { parseInput } from '../../../shared/input/parse-input';
import { Name, Text } from '../../../shared/input/rules';
import type { JourneyTrigger, TemplatePackKey } from '../graphql.generated';
import { JOURNEY_TRIGGERS, JourneyStepRules } from '../journeys/journey-input';
import { assertStepsFit } from '../journeys/journey-rules';
import type { SegmentCriteria } from '../segments/segment-criteria';
import { parseUsableCriteria } from '../segments/segment-rules';
import clubPack from './club.pack.json';
import yoloB2bPack from './yolo-b2b.pack.json';

export const PACK_KEYS: TemplatePackKey[] = ['CLUB', 'YOLO_B2B'];

class PackSegment {
  @Name(200)
  name!: string;

  @Text(1_000)
  description!: string;

  @IsObject()
  criteria!: SegmentCriteria;
}

class PackJourney {
  @Name(200)
  name!: string;

  @Text(1_000)
  description!: string;

  @IsIn(JOURNEY_TRIGGERS)
  triggerType!: JourneyTrigger;

  @IsArray()
  @ValidateNested()
  @Type(() => JourneyStepRules)
  steps!: JourneyStepRules[];
}

/** What a pack's file holds. Its version grows with every change, so that tenants who have an older one get it. */
export class TemplatePack {
  @IsIn(PACK_KEYS)
  key!: TemplatePackKey;

  @IsInt()
  @Min(1)
  version!: number;

  @IsArray()
  @ValidateNested()
  @Type(() => PackSegment)
  segments!: PackSegment[];

  @IsArray()
  @ValidateNested()
  @Type(() => PackJourney)
  journeys!: PackJourney[];
}

/** Reads a pack and checks it down to the last rule and step. Throws `BAD_USER_INPUT` with the path of what is wrong. */
export function parseTemplatePack(value: object, path: string): TemplatePack {
  const pack = parseInput(TemplatePack, value, path);
  for (const [index, journey] of pack.journeys.entries()) {
    assertStepsFit(journey.steps, `${path}.journeys.${index}.steps`);
  }
  const segments = pack.segments.map((segment, index) => ({
    ...segment,
    criteria: parseUsableCriteria(segment.criteria, `${path}.segments.${index}.criteria`),
  }));
  return { ...pack, segments };
}

/** The packs that tenants can have. */
export const templatePacks: Record<TemplatePackKey, TemplatePack> = {
  CLUB: parseTemplatePack(clubPack, 'club.pack.json'),
  YOLO_B2B: parseTemplatePack(yoloB2bPack, 'yolo-b2b.pack.json'),
};

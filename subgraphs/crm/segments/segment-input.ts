import { IsBoolean, IsIn } from 'class-validator';
import { IfGiven, Optional, Text, Uuid } from '../../../shared/input/rules';
import { type Segment, segmentTypes } from './segment.entity';

/** A new segment; its criteria are read apart. */
export class CreateSegmentRules {
  @Uuid()
  tenantId!: string;

  @Text(200)
  name!: string;

  @Optional()
  @Text(1_000)
  description?: string | null;

  @IfGiven()
  @IsIn(segmentTypes)
  type?: Segment['type'];

  @IfGiven()
  @IsBoolean()
  isActive?: boolean;
}

export class UpdateSegmentRules {
  @IfGiven()
  @Text(200)
  name?: string;

  @Optional()
  @Text(1_000)
  description?: string | null;

  @IfGiven()
  @IsBoolean()
  isActive?: boolean;
}

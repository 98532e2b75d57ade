import { IsBoolean, IsIn } from 'class-validator';
import { IfGiven, Name, Optional, Text, Uuid } from '../../../shared/input/rules';
import { type Segment, segmentTypes } from './segment.entity';

/** A new segment; its criteria are read apart. */
export class CreateSegmentRules {
  @Uuid()
  tenantId!: string;

  @Name(200)
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
  @Name(200)
  name?: string;

  @Optional()
  @Text(1_000)
  description?: string | null;

  @IfGiven()
  @IsBoolean()
  isActive?: boolean;
}

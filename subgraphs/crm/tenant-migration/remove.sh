#!/usr/bin/env bash
# Takes the move from slugs to UUIDs out of the project, when the last CRM has made it: this folder, its tests, and its
# lines of wiring, which wiring.patch takes back. Then: DROP SCHEMA crm_tenancy CASCADE in every database.
set -euo pipefail
cd "$(git rev-parse --show-toplevel)"
git apply --3way subgraphs/crm/tenant-migration/wiring.patch
git rm -rqf --ignore-unmatch subgraphs/crm/tenant-migration test/crm-tenancy seed/crm-legacy.ts migrations/crm/tenant-rows-policy.ts docs/runbooks/crm-tenant-uuid.md
npm run generate

/** Generated from spec/chapters by spec/generate-clauses.ts (npm run spec): do not edit. */

/**
 * Every clause by its id. `variants`: of a choice, what each says and the dialects and conditions under which it holds.
 * `generated`: true, or why the generator cannot exercise the clause.
 */
export const CLAUSES = {
  'munmap.unmaps': {
    chapter: 'munmap',
    rule: 'Every page that the range touches is unmapped from the calling process, and the call returns 0. Pages outside the range, those of the same mapping included, stay as they are, and so do the address spaces of other processes and the file or shared memory behind the pages.',
    variants: undefined,
    sources: 'POSIX.1-2024 munmap, DESCRIPTION; Linux mm/vma.c, do_vmi_align_munmap (mm/mmap.c before 6.12); munmap(2).',
    generated: true,
  },
  'munmap.whole-pages': {
    chapter: 'munmap',
    rule: 'A length that is not a multiple of the page size is rounded up to one.',
    variants: undefined,
    sources: 'POSIX.1-2024 munmap, DESCRIPTION ("entire pages containing any part"); Linux mm/vma.c, do_vmi_munmap, PAGE_ALIGN(len).',
    generated: true,
  },
  'munmap.length-zero': {
    chapter: 'munmap',
    rule: 'A length of zero. Nothing changes.',
    variants: {
      'einval': { text: 'fails with EINVAL.', when: 'linux' },
      'accepted': { text: 'returns 0.', when: 'dragonfly' },
    },
    sources: 'POSIX.1-2024 munmap, ERRORS; Linux mm/vma.c, do_vmi_munmap, `end == start`; DragonFly sys/vm/vm_mmap.c, sys_munmap, `size == 0`.',
    generated: true,
  },
  'munmap.unaligned': {
    chapter: 'munmap',
    rule: 'An address that is not a multiple of the page size. POSIX lets an implementation refuse it or not.',
    variants: {
      'einval': { text: 'fails with EINVAL and changes nothing.', when: 'linux' },
      'rounds-down': { text: 'the range starts at the beginning of the page.', when: 'dragonfly' },
    },
    sources: 'POSIX.1-2024 munmap, DESCRIPTION and ERRORS ("may fail"); Linux mm/vma.c, do_vmi_munmap, offset_in_page(start); DragonFly sys/vm/vm_mmap.c, sys_munmap, `addr -= pageoff`.',
    generated: true,
  },
  'munmap.beyond-user': {
    chapter: 'munmap',
    rule: 'A range that does not end within the user address space, or wraps around the end of all addresses, fails with EINVAL; nothing changes, also where part of it is mapped. The length counts as it is given, before it is rounded.',
    variants: undefined,
    sources: 'POSIX.1-2024 munmap, ERRORS; Linux mm/vma.c, do_vmi_munmap, `len > TASK_SIZE-start`.',
    generated: true,
  },
  'munmap.hole': {
    chapter: 'munmap',
    rule: 'A range with pages that are not mapped.',
    variants: {
      'ignored': { text: 'they are passed over, and the call returns 0 even where nothing at all is mapped.', when: 'linux' },
      'einval': { text: 'fails with EINVAL and changes nothing.', when: 'dragonfly' },
    },
    sources: 'POSIX.1-2024 munmap, DESCRIPTION ("has no effect"); Linux mm/vma.c, do_vmi_munmap, the return of 0 where vma_find finds nothing; DragonFly sys/vm/vm_mmap.c, sys_munmap, "Make sure entire range is allocated".',
    generated: true,
  },
  'munmap.huge-page': {
    chapter: 'munmap',
    rule: 'A range that begins or ends inside a page of a mapping made of huge pages fails with EINVAL; nothing changes, also in the other mappings that it covers.',
    variants: undefined,
    sources: 'munmap(2) and mmap(2), "Huge page (Huge TLB) mappings"; Linux mm/hugetlb.c, hugetlb_vm_op_split, called by mm/vma.c, __split_vma.',
    generated: true,
  },
  'munmap.map-count': {
    chapter: 'munmap',
    rule: 'A range that lies inside one mapping and leaves a part of it on either side fails with ENOMEM, changing nothing, when the process already has as many mappings as vm.max_map_count allows.',
    variants: undefined,
    sources: 'POSIX has no such error; munmap(2), ENOMEM; Linux mm/vma.c, vms_gather_munmap_vmas, `map_count >= sysctl_max_map_count`.',
    generated: 'it takes vm.max_map_count mappings (65530 by default), far more than a generated program makes.',
  },
} as const;

export type ClauseId = keyof typeof CLAUSES;
/** The clauses that are choices. */
export type ChoiceId = { [C in ClauseId]: (typeof CLAUSES)[C]['variants'] extends undefined ? never : C }[ClauseId];
/** The names of a choice's variants. */
export type Variant<C extends ChoiceId> = keyof (typeof CLAUSES)[C]['variants'] & string;

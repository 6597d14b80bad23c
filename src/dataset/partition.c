/* Groups and splits. */
#include "dataset/partition.h"

#include "base/families.h"
#include "base/memory.h"
#include "base/random.h"
#include "dataset/copies.h"

#include <regex.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- groups from paths ---- */

static bc_status group_by_match(bc_sample *sample, const regex_t *pattern, bc_error *err) {
    const char *path = sample->path + sample->below;
    regmatch_t found[2];
    free(sample->group);
    sample->group = NULL;
    int code = regexec(pattern, path, 2, found, 0);
    if (code == REG_NOMATCH)
        return BC_OK;
    if (code != 0)
        return bc_fail(err, BC_ERROR_MEMORY, "%s: out of memory for the group pattern", sample->path);
    regmatch_t name = found[pattern->re_nsub > 0];
    if (name.rm_so < 0 || name.rm_eo == name.rm_so) /* an alternative without the parenthesis matched */
        return BC_OK;
    return bc_copy_text(&sample->group, path + name.rm_so, (size_t)(name.rm_eo - name.rm_so), err);
}

bc_status bc_partition_group(bc_dataset *dataset, const char *pattern, bc_error *err) {
    regex_t compiled;
    int code = regcomp(&compiled, pattern, REG_EXTENDED);
    if (code != 0) {
        char why[256];
        regerror(code, &compiled, why, sizeof why);
        return bc_fail(err, BC_ERROR_USAGE, "group pattern '%s': %s", pattern, why);
    }
    bc_status status = BC_OK;
    for (size_t i = 0; status == BC_OK && i < dataset->count; i++)
        status = group_by_match(&dataset->samples[i], &compiled, err);
    regfree(&compiled);
    return status;
}

/* ---- units ---- */

typedef struct bc_member {
    const char *group; /* NULL when it stands alone */
    uint32_t sample;
    uint32_t unit; /* tells those of one unit from others */
} bc_member;

/* What must stay together. */
typedef struct bc_unit {
    size_t first, last; /* [first, last) of the members */
    size_t items[2];    /* of each label */
    size_t part;        /* of those that are drawn, or one of the two below */
    bc_split split;
    uint32_t fold;
} bc_unit;

static const size_t part_fixed = SIZE_MAX, part_open = SIZE_MAX - 1; /* not drawn; still to be drawn */

typedef struct bc_units {
    bc_member *members;
    bc_unit *items;
    size_t count;
    bool with_copies; /* copies are in one unit */
} bc_units;

static void free_units(bc_units *units) {
    free(units->members);
    free(units->items);
    *units = (bc_units){0};
}

static int by_group(const void *a, const void *b) {
    const bc_member *first = a, *second = b;
    if (first->group != NULL && second->group != NULL) {
        int order = strcmp(first->group, second->group);
        if (order != 0)
            return order;
    } else if (first->group != second->group) {
        return first->group == NULL ? -1 : 1;
    }
    return (first->sample > second->sample) - (first->sample < second->sample);
}

static int by_unit(const void *a, const void *b) {
    const bc_member *first = a, *second = b;
    if (first->unit != second->unit)
        return first->unit < second->unit ? -1 : 1;
    return (first->sample > second->sample) - (first->sample < second->sample);
}

static bool are_of_one_group(const bc_member *a, const bc_member *b) {
    return a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0;
}

static bc_status torn_apart(const bc_sample *a, const bc_sample *b, bc_error *err) {
    if (a->split == b->split)
        return bc_fail(err, BC_ERROR_FORMAT, "group '%s' is in two folds: %s (%u) and %s (%u)", a->group,
                       a->path, a->fold, b->path, b->fold);
    return bc_fail(err, BC_ERROR_FORMAT, "group '%s' is in two splits: %s (%s) and %s (%s)", a->group,
                   a->path, bc_split_name(a->split), b->path, bc_split_name(b->split));
}

/* All members of a unit must state the same split and fold. */
static bc_status form_units(bc_units *units, const bc_dataset *dataset, bc_error *err) {
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *sample = &dataset->samples[units->members[i].sample];
        if (i == 0 || units->members[i - 1].unit != units->members[i].unit)
            units->items[units->count++] =
                (bc_unit){.first = i, .part = part_fixed, .split = sample->split, .fold = sample->fold};
        bc_unit *unit = &units->items[units->count - 1];
        if (unit->split != sample->split || unit->fold != sample->fold)
            return torn_apart(&dataset->samples[units->members[unit->first].sample], sample, err);
        unit->items[sample->label]++;
        unit->last = i + 1;
    }
    return BC_OK;
}

/* Brings members of a group together and numbers the groups and what stands alone. */
static void gather_groups(bc_units *units, bc_dataset *dataset) {
    bool has_groups = false;
    uint32_t unit = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        units->members[i] = (bc_member){dataset->samples[i].group, (uint32_t)i, 0};
        has_groups = has_groups || dataset->samples[i].group != NULL;
    }
    if (has_groups)
        qsort(units->members, dataset->count, sizeof *units->members, by_group);
    dataset->groups = 0;
    for (size_t i = 0; i < dataset->count; i++) {
        bc_member *member = &units->members[i];
        const bool joins = i > 0 && are_of_one_group(member - 1, member);
        unit += i > 0 && !joins;
        member->unit = unit;
        dataset->groups += member->group != NULL && !joins;
    }
}

/* ---- copies ---- */

/* Groups that a copy of one and the same picture is in, and what stands alone, become one unit, as far as it
 * is drawn where they go. */
static bc_status gather_copies(bc_units *units, const bc_dataset *dataset, const bc_copies *copies,
                               bc_error *err) {
    const bc_split drawn = dataset->splits_stated ? BC_SPLIT_TRAIN : BC_SPLIT_NONE;
    void *parent_block = NULL, *first_block = NULL;
    bc_status status = bc_alloc(&parent_block, dataset->count, sizeof(uint32_t), err);
    if (status == BC_OK)
        status = bc_alloc(&first_block, dataset->count, sizeof(uint32_t), err);
    if (status != BC_OK)
        goto done;
    uint32_t *parents = parent_block; /* of units */
    uint32_t *firsts = first_block;   /* of each family of copies: 1 + the first unit of it that is drawn */
    bc_families_start(parents, dataset->count);
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_member *member = &units->members[i];
        uint32_t *first = &firsts[copies->near[member->sample]];
        if (dataset->samples[member->sample].split != drawn)
            continue;
        if (*first == 0)
            *first = 1 + member->unit;
        bc_families_join(parents, *first - 1, member->unit);
    }
    for (size_t i = 0; i < dataset->count; i++)
        units->members[i].unit = bc_families_first(parents, units->members[i].unit);
    qsort(units->members, dataset->count, sizeof *units->members, by_unit);
done:
    free(parent_block);
    free(first_block);
    return status;
}

/* copies: NULL when they need not stay together. */
static bc_status gather_units(bc_units *units, bc_dataset *dataset, const bc_copies *copies, bc_error *err) {
    void *members = NULL, *items = NULL;
    bc_status status = bc_alloc(&members, dataset->count, sizeof *units->members, err);
    if (status == BC_OK)
        status = bc_alloc(&items, dataset->count, sizeof *units->items, err);
    *units = (bc_units){.members = members, .items = items, .with_copies = copies != NULL};
    if (status != BC_OK)
        return status;
    gather_groups(units, dataset);
    if (copies != NULL)
        status = gather_copies(units, dataset, copies, err);
    return status == BC_OK ? form_units(units, dataset, err) : status;
}

/* ---- drawing ---- */

/* Units are shared out among parts, which are splits or folds. */
typedef struct bc_drawing {
    size_t parts;
    double share[BC_FOLDS_LIMIT];
    size_t items[BC_FOLDS_LIMIT][2]; /* of each part and label */
    size_t total[2];
    bool is_even; /* all shares are the same; else the first part is what the others leave over */
    uint64_t key; /* tells what is drawn with the seed */
} bc_drawing;

typedef struct bc_turn {
    size_t size;   /* of the unit */
    uint32_t rank; /* in the shuffled order */
    uint32_t unit;
} bc_turn;

static int by_size(const void *a, const void *b) {
    const bc_turn *first = a, *second = b;
    if (first->size != second->size)
        return first->size < second->size ? 1 : -1;
    return (first->rank > second->rank) - (first->rank < second->rank);
}

/* Opens the units of a split, shuffled, larger ones first. */
static bc_status order_units(bc_turn **turns, size_t *count, bc_units *units, bc_split split,
                             bc_random random, bc_error *err) {
    void *block = NULL, *shuffled = NULL;
    *count = 0;
    bc_status status = bc_alloc(&block, units->count, sizeof **turns, err);
    *turns = block;
    if (status == BC_OK)
        status = bc_alloc(&shuffled, units->count, sizeof(uint32_t), err);
    if (status != BC_OK)
        return status;
    uint32_t *order = shuffled;
    for (size_t i = 0; i < units->count; i++) {
        if (units->items[i].split == split)
            order[(*count)++] = (uint32_t)i;
    }
    bc_random_shuffle(&random, order, *count);
    for (size_t i = 0; i < *count; i++) {
        bc_unit *unit = &units->items[order[i]];
        unit->part = part_open;
        (*turns)[i] = (bc_turn){unit->last - unit->first, (uint32_t)i, order[i]};
    }
    if (*count > 0)
        qsort(*turns, *count, sizeof **turns, by_size);
    free(order);
    return BC_OK;
}

/* By how much the sum of squares above grows when the part takes the unit. */
static double cost(const bc_drawing *drawing, size_t part, const bc_unit *unit) {
    double sum = 0;
    for (int label = 0; label < 2; label++) {
        if (drawing->total[label] == 0)
            continue;
        double total = (double)drawing->total[label];
        double excess = (double)drawing->items[part][label] / total - drawing->share[part];
        double more = (double)unit->items[label] / total;
        sum += more * (2 * excess + more);
    }
    return sum;
}

static void move_unit(bc_drawing *drawing, bc_unit *unit, size_t part) {
    for (int label = 0; label < 2; label++) {
        if (unit->part != part_open)
            drawing->items[unit->part][label] -= unit->items[label];
        drawing->items[part][label] += unit->items[label];
    }
    unit->part = part;
}

/* Of parts that are meant to be alike the one with less of both labels goes first. */
static bool has_less(const bc_drawing *drawing, size_t part, size_t than) {
    return drawing->is_even && drawing->items[part][0] + drawing->items[part][1] <
                                   drawing->items[than][0] + drawing->items[than][1];
}

static void place_unit(bc_drawing *drawing, bc_unit *unit) {
    size_t best = 0;
    double least = cost(drawing, best, unit);
    for (size_t part = 1; part < drawing->parts; part++) {
        double price = cost(drawing, part, unit);
        if (drawing->share[part] > 0 &&
            (price < least || (price == least && has_less(drawing, part, best)))) {
            best = part;
            least = price;
        }
    }
    move_unit(drawing, unit, best);
}

/* Of even parts each may give what it keeps some of. Else the first gives that, and gets anything. */
static bool can_give(const bc_drawing *drawing, const bc_unit *unit, size_t taker) {
    if (unit->part == taker)
        return false;
    if (!drawing->is_even && taker == 0)
        return true;
    if (!drawing->is_even && unit->part != 0)
        return false;
    for (int label = 0; label < 2; label++) {
        if (unit->items[label] > 0 && drawing->items[unit->part][label] == unit->items[label])
            return false;
    }
    return true;
}

static void fill_lack(bc_drawing *drawing, bc_units *units, const bc_turn *turns, size_t count, size_t part,
                      int label) {
    if (drawing->share[part] <= 0 || drawing->items[part][label] > 0)
        return;
    for (size_t i = count; i-- > 0;) {
        bc_unit *unit = &units->items[turns[i].unit];
        if (unit->items[label] > 0 && can_give(drawing, unit, part)) {
            move_unit(drawing, unit, part);
            return;
        }
    }
}

/* Draws the part of every unit of the split. */
static bc_status draw(bc_drawing *drawing, bc_units *units, bc_split split, uint64_t seed, bc_error *err) {
    bc_turn *turns;
    size_t count;
    bc_status status = order_units(&turns, &count, units, split,
                                   bc_random_keyed(seed, BC_RANDOM_SPLIT, drawing->key, 0), err);
    if (status != BC_OK)
        goto done;
    for (size_t i = 0; i < count; i++) {
        for (int label = 0; label < 2; label++)
            drawing->total[label] += units->items[turns[i].unit].items[label];
    }
    for (size_t i = 0; i < count; i++)
        place_unit(drawing, &units->items[turns[i].unit]);
    for (size_t part = 0; part < drawing->parts; part++) {
        for (int label = 0; label < 2; label++)
            fill_lack(drawing, units, turns, count, part, label);
    }
done:
    free(turns);
    return status;
}

/* ---- splits ---- */

/* Draws the splits of all units of a split. */
static bc_status draw_splits(bc_units *units, bc_split split, double val, double test, uint64_t seed,
                             bc_error *err) {
    static const bc_split splits[] = {BC_SPLIT_TRAIN, BC_SPLIT_VAL, BC_SPLIT_TEST};
    bc_drawing drawing = {.parts = 3, .share = {1 - val - test, val, test}};
    bc_status status = draw(&drawing, units, split, seed, err);
    for (bc_unit *unit = units->items; status == BC_OK && unit < units->items + units->count; unit++) {
        if (unit->part != part_fixed)
            unit->split = splits[unit->part];
        unit->part = part_fixed;
    }
    return status;
}

static bc_status check_shares(double val, double test, bc_error *err) {
    if (val >= 0 && test >= 0 && val + test < 1)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE, "shares of %g for val and %g for test leave nothing to train on", val,
                   test);
}

static bc_status check_train(const bc_dataset *dataset, bc_error *err) {
    for (int label = 0; label < 2; label++) {
        if (bc_dataset_count(dataset, BC_SPLIT_TRAIN, label) == 0)
            return bc_fail(err, BC_ERROR_FORMAT, "no picture of class '%s' is in the train split",
                           label == 1 ? dataset->positive : dataset->negative);
    }
    return BC_OK;
}

static bool has_val(const bc_dataset *dataset) {
    return bc_dataset_count(dataset, BC_SPLIT_VAL, 0) + bc_dataset_count(dataset, BC_SPLIT_VAL, 1) > 0;
}

static bc_status split_units(bc_units *units, bc_dataset *dataset, const bc_dataset_options *options,
                             bc_error *err) {
    const bool stated = dataset->splits_stated;
    dataset->split_by_seed = !stated || (!has_val(dataset) && options->val > 0);
    if (!dataset->split_by_seed)
        return BC_OK;
    /* where splits are stated, val is drawn from train */
    return draw_splits(units, stated ? BC_SPLIT_TRAIN : BC_SPLIT_NONE, options->val,
                       stated ? 0 : options->test, options->seed, err);
}

/* ---- folds ---- */

static bc_status check_stated_folds(bc_dataset *dataset, size_t wanted, bc_error *err) {
    for (size_t i = 0; i < dataset->count; i++)
        dataset->folds =
            dataset->samples[i].fold > dataset->folds ? dataset->samples[i].fold : dataset->folds;
    if (dataset->folds < 2)
        return bc_fail(err, BC_ERROR_FORMAT, "only one fold is stated; at least two are needed");
    if (wanted > 0 && wanted != dataset->folds)
        return bc_fail(err, BC_ERROR_USAGE, "the data states %zu folds, not %zu; leave --folds out",
                       dataset->folds, wanted);
    return BC_OK;
}

/* Units of a split that hold a class. */
static size_t count_units(const bc_units *units, bc_split split, int label) {
    size_t found = 0;
    for (size_t i = 0; i < units->count; i++)
        found += units->items[i].split == split && units->items[i].items[label] > 0;
    return found;
}

/* Every fold is to hold both classes. */
static bc_status check_enough(const bc_units *units, const bc_dataset *dataset, size_t folds, bc_error *err) {
    for (int label = 0; label < 2; label++) {
        const size_t found = count_units(units, BC_SPLIT_TRAIN, label);
        const size_t test = count_units(units, BC_SPLIT_TEST, label);
        char beside[64] = "";
        if (found >= folds)
            continue;
        const bool groups = dataset->groups > 0 || units->with_copies;
        if (test > 0)
            snprintf(beside, sizeof beside, "; test has another %zu", test);
        return bc_fail(err, BC_ERROR_FORMAT, "class '%s' %s %zu %s%s%s only, too few for %zu folds%s",
                       label == 1 ? dataset->positive : dataset->negative, groups ? "is in" : "has", found,
                       groups ? "group" : "picture", found == 1 ? "" : "s",
                       units->with_copies ? ", copies of a picture being one," : "", folds, beside);
    }
    return BC_OK;
}

static bc_status draw_folds(bc_units *units, const bc_dataset *dataset, uint64_t seed, bc_error *err) {
    bc_drawing drawing = {.parts = dataset->folds, .is_even = true, .key = 1};
    for (size_t i = 0; i < drawing.parts; i++)
        drawing.share[i] = 1 / (double)drawing.parts;
    bc_status status = check_enough(units, dataset, drawing.parts, err);
    if (status == BC_OK)
        status = draw(&drawing, units, BC_SPLIT_TRAIN, seed, err);
    for (bc_unit *unit = units->items; status == BC_OK && unit < units->items + units->count; unit++)
        unit->fold = unit->part != part_fixed ? (uint32_t)unit->part + 1 : 0;
    return status;
}

static bc_status fold_units(bc_units *units, bc_dataset *dataset, const bc_dataset_options *options,
                            bc_error *err) {
    bc_status status = BC_OK;
    const bool stated = dataset->folds_stated;
    if (stated)
        status = check_stated_folds(dataset, options->folds, err);
    else
        dataset->folds = options->folds;
    dataset->split_by_seed = !stated;
    if (status == BC_OK && !dataset->splits_stated) /* stated folds leave nothing for test */
        status = draw_splits(units, BC_SPLIT_NONE, 0, stated ? 0 : options->fold_test, options->seed, err);
    if (status == BC_OK && !stated)
        status = draw_folds(units, dataset, options->seed, err);
    return status;
}

/* A val split takes part in the folds as train does. */
static void join_val(bc_dataset *dataset) {
    for (size_t i = 0; i < dataset->count; i++) {
        if (dataset->samples[i].split != BC_SPLIT_VAL)
            continue;
        dataset->samples[i].split = BC_SPLIT_TRAIN;
        dataset->joined++;
    }
}

/* ---- both together ---- */

static void write_parts(bc_dataset *dataset, const bc_units *units) {
    for (size_t i = 0; i < units->count; i++) {
        const bc_unit *unit = &units->items[i];
        for (size_t k = unit->first; k < unit->last; k++) {
            dataset->samples[units->members[k].sample].split = unit->split;
            dataset->samples[units->members[k].sample].fold = unit->fold;
        }
    }
}

static bc_status split_all(bc_dataset *dataset, const bc_dataset_options *options, const bc_copies *copies,
                           bc_error *err) {
    const bool folds = options->folds > 0 || dataset->folds_stated;
    bc_units units = {0};
    if (options->folds == 1 || options->folds > BC_FOLDS_LIMIT)
        return bc_fail(err, BC_ERROR_USAGE, "folds are 2 to %d, not %zu", BC_FOLDS_LIMIT, options->folds);
    bc_status status =
        check_shares(folds ? 0 : options->val, folds ? options->fold_test : options->test, err);
    if (folds)
        join_val(dataset);
    if (status == BC_OK)
        status = gather_units(&units, dataset, copies, err);
    if (status == BC_OK && dataset->splits_stated)
        status = check_train(dataset, err);
    if (status == BC_OK && folds)
        status = fold_units(&units, dataset, options, err);
    else if (status == BC_OK)
        status = split_units(&units, dataset, options, err);
    if (status == BC_OK)
        write_parts(dataset, &units);
    if (status == BC_OK && folds)
        status = bc_dataset_check_folds(dataset, err);
    free_units(&units);
    return status;
}

bc_status bc_partition_split(bc_dataset *dataset, const bc_dataset_options *options, bc_error *err) {
    return split_all(dataset, options, NULL, err);
}

/* ---- drawing anew ---- */

/* Test that is stated stays what it is; where folds or val are drawn beside it, all else is. */
static bool is_drawn(const bc_dataset *dataset, const bc_sample *sample) {
    return dataset->split_by_seed && (!dataset->splits_stated || sample->split != BC_SPLIT_TEST);
}

/* Whether what was drawn has parted copies. */
static bc_status look_for_torn(bool *torn, const bc_dataset *dataset, const bc_copies *copies,
                               bc_error *err) {
    void *block;
    bc_status status = bc_alloc(&block, dataset->count, sizeof(uint32_t), err);
    if (status != BC_OK)
        return status;
    uint32_t *firsts = block; /* of each family: 1 + the first sample of it that was drawn */
    *torn = false;
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *sample = &dataset->samples[i];
        uint32_t *first = &firsts[copies->near[i]];
        if (!is_drawn(dataset, sample))
            continue;
        if (*first == 0)
            *first = (uint32_t)i + 1;
        const bc_sample *other = &dataset->samples[*first - 1];
        *torn = *torn || sample->split != other->split || sample->fold != other->fold;
    }
    free(block);
    return BC_OK;
}

static void forget_drawn(bc_dataset *dataset) {
    for (size_t i = 0; i < dataset->count; i++) {
        bc_sample *sample = &dataset->samples[i];
        if (!is_drawn(dataset, sample))
            continue;
        sample->split = dataset->splits_stated ? BC_SPLIT_TRAIN : BC_SPLIT_NONE;
        sample->fold = 0;
    }
}

bc_status bc_partition_keep_copies(bc_dataset *dataset, bool *redrawn, const bc_dataset_options *options,
                                   const bc_copies *copies, bc_error *err) {
    bc_status status = look_for_torn(redrawn, dataset, copies, err);
    if (status != BC_OK || !*redrawn)
        return status;
    forget_drawn(dataset);
    return split_all(dataset, options, copies, err);
}

/* Groups and splits. */
#include "dataset/partition.h"

#include "base/memory.h"
#include "base/random.h"

#include <regex.h>
#include <stdint.h>
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
} bc_member;

/* What must stay together. */
typedef struct bc_unit {
    size_t first, last; /* [first, last) of the members */
    size_t items[2];    /* of each label */
    bc_split split;
} bc_unit;

typedef struct bc_units {
    bc_member *members;
    bc_unit *items;
    size_t count;
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

static bool stay_together(const bc_member *a, const bc_member *b) {
    return a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0;
}

static bc_status torn_apart(const bc_sample *a, const bc_sample *b, bc_error *err) {
    return bc_fail(err, BC_ERROR_FORMAT, "group '%s' is in two splits: %s (%s) and %s (%s)", a->group,
                   a->path, bc_split_name(a->split), b->path, bc_split_name(b->split));
}

/* Members with the same group become one unit; all of them must state the same split. */
static bc_status form_units(bc_units *units, bc_dataset *dataset, bc_error *err) {
    for (size_t i = 0; i < dataset->count; i++) {
        const bc_sample *sample = &dataset->samples[units->members[i].sample];
        bool joins = i > 0 && stay_together(&units->members[i - 1], &units->members[i]);
        if (!joins) {
            units->items[units->count++] = (bc_unit){.first = i, .split = sample->split};
            dataset->groups += sample->group != NULL;
        }
        bc_unit *unit = &units->items[units->count - 1];
        if (unit->split != sample->split)
            return torn_apart(&dataset->samples[units->members[unit->first].sample], sample, err);
        unit->items[sample->label]++;
        unit->last = i + 1;
    }
    return BC_OK;
}

static bc_status gather_units(bc_units *units, bc_dataset *dataset, bc_error *err) {
    void *members = NULL, *items = NULL;
    dataset->groups = 0;
    bc_status status = bc_alloc(&members, dataset->count, sizeof *units->members, err);
    if (status == BC_OK)
        status = bc_alloc(&items, dataset->count, sizeof *units->items, err);
    *units = (bc_units){.members = members, .items = items};
    if (status != BC_OK)
        return status;
    bool has_groups = false;
    for (size_t i = 0; i < dataset->count; i++) {
        units->members[i] = (bc_member){dataset->samples[i].group, (uint32_t)i};
        has_groups = has_groups || dataset->samples[i].group != NULL;
    }
    if (has_groups)
        qsort(units->members, dataset->count, sizeof *units->members, by_group);
    return form_units(units, dataset, err);
}

/* ---- drawing ---- */

static const bc_split drawn[3] = {BC_SPLIT_TRAIN, BC_SPLIT_VAL, BC_SPLIT_TEST};

/* Indexed by split and label. */
typedef struct bc_tally {
    double share[BC_SPLIT_COUNT];
    size_t items[BC_SPLIT_COUNT][2];
    size_t total[2];
} bc_tally;

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

/* The open units, shuffled, larger ones first. */
static bc_status order_units(bc_turn **turns, size_t *count, const bc_units *units, uint64_t seed,
                             bc_error *err) {
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
        if (units->items[i].split == BC_SPLIT_NONE)
            order[(*count)++] = (uint32_t)i;
    }
    bc_random random = bc_random_keyed(seed, BC_RANDOM_SPLIT, 0, 0);
    bc_random_shuffle(&random, order, *count);
    for (size_t i = 0; i < *count; i++) {
        const bc_unit *unit = &units->items[order[i]];
        (*turns)[i] = (bc_turn){unit->last - unit->first, (uint32_t)i, order[i]};
    }
    if (*count > 0)
        qsort(*turns, *count, sizeof **turns, by_size);
    free(order);
    return BC_OK;
}

/* By how much the sum of squares above grows when the split takes the unit. */
static double cost(const bc_tally *tally, bc_split split, const bc_unit *unit) {
    double sum = 0;
    for (int label = 0; label < 2; label++) {
        if (tally->total[label] == 0)
            continue;
        double total = (double)tally->total[label];
        double excess = (double)tally->items[split][label] / total - tally->share[split];
        double more = (double)unit->items[label] / total;
        sum += more * (2 * excess + more);
    }
    return sum;
}

static void move_unit(bc_tally *tally, bc_unit *unit, bc_split split) {
    for (int label = 0; label < 2; label++) {
        tally->items[unit->split][label] -= unit->items[label];
        tally->items[split][label] += unit->items[label];
    }
    unit->split = split;
}

static void place_unit(bc_tally *tally, bc_unit *unit) {
    bc_split best = BC_SPLIT_TRAIN;
    double least = cost(tally, best, unit);
    for (size_t i = 1; i < 3; i++) {
        double price = cost(tally, drawn[i], unit);
        if (tally->share[drawn[i]] > 0 && price < least) {
            best = drawn[i];
            least = price;
        }
    }
    move_unit(tally, unit, best);
}

/* Train gives what it does not need itself, the others give to train anything. */
static bool can_give(const bc_tally *tally, const bc_unit *unit, bc_split taker) {
    if (taker == BC_SPLIT_TRAIN)
        return unit->split != BC_SPLIT_TRAIN;
    if (unit->split != BC_SPLIT_TRAIN)
        return false;
    for (int label = 0; label < 2; label++) {
        if (unit->items[label] > 0 && tally->items[BC_SPLIT_TRAIN][label] == unit->items[label])
            return false;
    }
    return true;
}

static void fill_lack(bc_tally *tally, bc_units *units, const bc_turn *turns, size_t count, bc_split split,
                      int label) {
    if (tally->share[split] <= 0 || tally->items[split][label] > 0)
        return;
    for (size_t i = count; i-- > 0;) {
        bc_unit *unit = &units->items[turns[i].unit];
        if (unit->items[label] > 0 && can_give(tally, unit, split)) {
            move_unit(tally, unit, split);
            return;
        }
    }
}

/* Draws the split of every unit that has none. */
static bc_status draw(bc_units *units, double val, double test, uint64_t seed, bc_error *err) {
    bc_tally tally = {
        .share = {[BC_SPLIT_TRAIN] = 1 - val - test, [BC_SPLIT_VAL] = val, [BC_SPLIT_TEST] = test}};
    bc_turn *turns;
    size_t count;
    bc_status status = order_units(&turns, &count, units, seed, err);
    if (status != BC_OK)
        goto done;
    for (size_t i = 0; i < count; i++) {
        for (int label = 0; label < 2; label++)
            tally.total[label] += units->items[turns[i].unit].items[label];
    }
    memcpy(tally.items[BC_SPLIT_NONE], tally.total, sizeof tally.total);
    for (size_t i = 0; i < count; i++)
        place_unit(&tally, &units->items[turns[i].unit]);
    for (size_t i = 0; i < 3; i++) {
        for (int label = 0; label < 2; label++)
            fill_lack(&tally, units, turns, count, drawn[i], label);
    }
done:
    free(turns);
    return status;
}

/* ---- both together ---- */

static bc_status check_shares(const bc_dataset_options *options, bc_error *err) {
    if (options->val >= 0 && options->test >= 0 && options->val + options->test < 1)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE, "shares of %g for val and %g for test leave nothing to train on",
                   options->val, options->test);
}

static bc_status check_train(const bc_dataset *dataset, bc_error *err) {
    for (int label = 0; label < 2; label++) {
        if (bc_dataset_count(dataset, BC_SPLIT_TRAIN, label) == 0)
            return bc_fail(err, BC_ERROR_FORMAT, "no picture of class '%s' is in the train split",
                           label == 1 ? dataset->positive : dataset->negative);
    }
    return BC_OK;
}

static void write_splits(bc_dataset *dataset, const bc_units *units) {
    for (size_t i = 0; i < units->count; i++) {
        for (size_t k = units->items[i].first; k < units->items[i].last; k++)
            dataset->samples[units->members[k].sample].split = units->items[i].split;
    }
}

bc_status bc_partition_split(bc_dataset *dataset, const bc_dataset_options *options, bc_error *err) {
    const bool stated = dataset->splits_stated;
    bc_units units = {0};
    bc_status status = check_shares(options, err);
    if (status == BC_OK)
        status = gather_units(&units, dataset, err);
    if (status == BC_OK && stated)
        status = check_train(dataset, err);
    if (status != BC_OK)
        goto done;
    bool has_val =
        bc_dataset_count(dataset, BC_SPLIT_VAL, 0) + bc_dataset_count(dataset, BC_SPLIT_VAL, 1) > 0;
    dataset->split_by_seed = !stated || (!has_val && options->val > 0);
    if (!dataset->split_by_seed)
        goto done;
    for (size_t i = 0; stated && i < units.count; i++) {
        if (units.items[i].split == BC_SPLIT_TRAIN)
            units.items[i].split = BC_SPLIT_NONE; /* val is drawn from train */
    }
    status = draw(&units, options->val, stated ? 0 : options->test, options->seed, err);
    if (status == BC_OK)
        write_splits(dataset, &units);
done:
    free_units(&units);
    return status;
}

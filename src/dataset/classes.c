/* Chooses the positive class. */
#include "dataset/classes.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* What a class name says: 1 positive, -1 negative, 0 nothing. A digit says it weakly: "1" is positive only
 * beside a negative name, because a "1" beside a "2" is just a number. */
typedef struct bc_sense {
    int strong, weak;
} bc_sense;

static const char *const positive_words[] = {
    "positive",  "positives", "pos",          "yes",       "true",       "defect",      "defects",
    "defective", "bad",       "abnormal",     "anomaly",   "anomalies",  "anomalous",   "fail",
    "failed",    "failure",   "fault",        "faulty",    "ng",         "nok",         "reject",
    "rejected",  "broken",    "damage",       "damaged",   "crack",      "cracks",      "cracked",
    "scratch",   "scratched", "corrosion",    "rotten",    "tumour",     "tumours",     "tumor",
    "tumors",    "cancer",    "cancerous",    "malignant", "melanoma",   "disease",     "diseased",
    "sick",      "ill",       "unhealthy",    "infected",  "infection",  "parasitized", "parasitised",
    "pneumonia", "covid",     "tuberculosis", "glaucoma",  "lesion",     "fracture",    "fractured",
    "fire",      "smoke",     "spam",         "fraud",     "fraudulent", "forged",      "violation",
    NULL};

static const char *const negative_words[] = {
    "negative",  "negatives", "neg",   "false",      "ok",     "okay",       "good",    "normal",
    "healthy",   "benign",    "pass",  "passed",     "accept", "accepted",   "clean",   "intact",
    "none",      "nothing",   "empty", "other",      "others", "background", "control", "uninfected",
    "undamaged", "unbroken",  "ham",   "legitimate", NULL};

static const char *const negations[] = {"not", "no", "non", "without", "un", NULL};

static bool is_one_of(const char *word, const char *const *words) {
    while (*words != NULL && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

typedef enum bc_letter { LETTER_NONE, LETTER_LOWER, LETTER_UPPER, LETTER_DIGIT } bc_letter;

/* Bytes of other alphabets count as lower case. */
static bc_letter letter_kind(char c) {
    if (c >= 'A' && c <= 'Z')
        return LETTER_UPPER;
    if (c >= '0' && c <= '9')
        return LETTER_DIGIT;
    return (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80 ? LETTER_LOWER : LETTER_NONE;
}

static char lower(char c) {
    return letter_kind(c) == LETTER_UPPER ? (char)(c - 'A' + 'a') : c;
}

enum { WORD_SIZE = 32 };

/* Copies the next word of a name in lower case and returns what follows it; an empty word at the end.
 * "WithMask", "with_mask" and "with-mask" are two words, "COVID19" is too. */
static const char *next_word(char word[WORD_SIZE], const char *name) {
    size_t length = 0;
    while (*name != '\0' && letter_kind(*name) == LETTER_NONE)
        name++;
    for (bc_letter before = LETTER_NONE; *name != '\0'; name++) {
        bc_letter kind = letter_kind(*name);
        bool same = kind == before || (before == LETTER_UPPER && kind == LETTER_LOWER);
        if (kind == LETTER_NONE || (before != LETTER_NONE && !same))
            break;
        if (length + 1 < WORD_SIZE)
            word[length++] = lower(*name);
        before = kind;
    }
    word[length] = '\0';
    return name;
}

/* "not" and "without" negate a name wherever they stand, the shorter words only at its start ("patient_no_5")
 * and "free" only behind something ("crack_free"). */
static bool negates_rest(const char *word, size_t words_before) {
    if (strcmp(word, "not") == 0 || strcmp(word, "without") == 0)
        return true;
    return words_before == 0 ? is_one_of(word, negations) : strcmp(word, "free") == 0;
}

static bc_sense sense_of(const char *name) {
    bc_sense sense = {0, 0};
    bool negated = false, positive = false, negative = false;
    char word[WORD_SIZE];
    const char *rest = next_word(word, name);
    for (size_t words = 0; *word != '\0'; rest = next_word(word, rest)) {
        if (strcmp(word, "1") == 0 || strcmp(word, "0") == 0)
            sense.weak = *word == '1' ? 1 : -1;
        negated = negated != negates_rest(word, words);
        positive = positive || is_one_of(word, positive_words);
        negative = negative || is_one_of(word, negative_words);
        words += letter_kind(*word) != LETTER_DIGIT;
    }
    if (positive != negative)
        sense.strong = positive != negated ? 1 : -1;
    else if (negated && !positive)
        sense.strong = -1; /* "not_cat", "without_mask" */
    return sense;
}

/* The letters and digits of a name in lower case; false when there are too many. */
static bool squeeze(char squeezed[2 * WORD_SIZE], const char *name) {
    size_t length = 0;
    for (; *name != '\0' && length + 1 < 2 * WORD_SIZE; name++) {
        if (letter_kind(*name) != LETTER_NONE)
            squeezed[length++] = lower(*name);
    }
    squeezed[length] = '\0';
    return *name == '\0';
}

/* Whether name is the other with "not", "no", "un"... before it, written as one word or several. */
static bool negates(const char *name, const char *other) {
    char whole[2 * WORD_SIZE], part[2 * WORD_SIZE];
    if (!squeeze(whole, name) || !squeeze(part, other))
        return false;
    for (size_t i = 0; negations[i] != NULL; i++) {
        size_t length = strlen(negations[i]);
        if (strncmp(whole, negations[i], length) == 0 && *part != '\0' && strcmp(whole + length, part) == 0)
            return true;
    }
    return false;
}

int bc_classes_recognise(const char *a, const char *b) {
    bc_sense first = sense_of(a), second = sense_of(b);
    if (negates(a, b)) { /* "healthy" and "unhealthy": the negation of what is negative is positive */
        second.strong = second.strong < 0 ? -1 : 1;
        first.strong = -second.strong;
    } else if (negates(b, a)) {
        first.strong = first.strong < 0 ? -1 : 1;
        second.strong = -first.strong;
    }
    bool only_weak = first.strong == 0 && second.strong == 0;
    int says_a = first.strong != 0 ? first.strong : first.weak;
    int says_b = second.strong != 0 ? second.strong : second.weak;
    if (says_a == says_b || (only_weak && says_a * says_b == 0))
        return -1;
    return says_a > says_b ? 0 : 1;
}

/* "cat" as it can be typed in a shell: quoted when it must be. */
static void append_argument(bc_text *text, const char *name) {
    bool plain = *name != '\0';
    for (const char *c = name; *c != '\0'; c++)
        plain = plain && (letter_kind(*c) != LETTER_NONE || strchr("_-.", *c) != NULL);
    bc_text_format(text, plain ? "%s" : "'%s'", name);
}

/* The names of the classes that have files, the first ten of them. */
static void append_names(bc_text *text, const bc_listing *listing) {
    enum { MOST = 10 };
    size_t named = 0;
    for (size_t i = 0; i < listing->class_count && named <= MOST; i++) {
        if (listing->classes[i]->files == 0)
            continue;
        bc_text_string(text, named > 0 ? ", " : "");
        if (named++ == MOST)
            bc_text_string(text, "...");
        else
            bc_text_format(text, "'%s'", listing->classes[i]->name);
    }
}

static bc_status fail_with(bc_text *text, bc_status why, bc_error *err) {
    bc_status status = bc_text_check(text, err);
    if (status == BC_OK)
        status = bc_fail(err, why, "%s", text->data);
    bc_text_free(text);
    return status;
}

static bc_status too_few(const bc_listing *listing, const bc_class *only, bc_error *err) {
    bc_text text = {0};
    if (only == NULL)
        bc_text_format(&text, "%s: no files in the class folders", listing->name);
    else
        bc_text_format(&text, "%s: only one class, '%s'; two are needed", listing->name, only->name);
    for (size_t i = 0; only != NULL && i < listing->class_count; i++) {
        if (listing->classes[i]->files == 0) {
            bc_text_format(&text, " (the folder '%s' is empty)", listing->classes[i]->name);
            break;
        }
    }
    return fail_with(&text, BC_ERROR_FORMAT, err);
}

static bc_status which_of_two(const bc_class *a, const bc_class *b, bc_error *err) {
    bc_text text = {0};
    bc_text_format(&text, "which class is positive, '%s' or '%s'? Use --positive ", a->name, b->name);
    append_argument(&text, a->name);
    bc_text_string(&text, " or --positive ");
    append_argument(&text, b->name);
    return fail_with(&text, BC_ERROR_USAGE, err);
}

static bc_status which_of_many(const bc_listing *listing, size_t count, bc_error *err) {
    bc_text text = {0};
    bc_text_format(&text, "%s: %zu classes (", listing->name, count);
    append_names(&text, listing);
    bc_text_string(&text, "); --positive NAME sets one of them against the rest");
    return fail_with(&text, BC_ERROR_USAGE, err);
}

static bc_status no_such_class(const bc_listing *listing, const char *wanted, bc_error *err) {
    bc_text text = {0};
    bc_text_format(&text, "--positive '%s': %s has no such class, but ", wanted, listing->name);
    append_names(&text, listing);
    return fail_with(&text, BC_ERROR_USAGE, err);
}

static const bc_class *find_named(const bc_listing *listing, const char *name) {
    for (size_t i = 0; i < listing->class_count; i++) {
        if (listing->classes[i]->files > 0 && strcmp(listing->classes[i]->name, name) == 0)
            return listing->classes[i];
    }
    return NULL;
}

/* Counts the classes with files; the first two are named. */
static size_t count_classes(const bc_class *two[2], const bc_listing *listing) {
    size_t count = 0;
    two[0] = two[1] = NULL;
    for (size_t i = 0; i < listing->class_count; i++) {
        if (listing->classes[i]->files == 0)
            continue;
        if (count < 2)
            two[count] = listing->classes[i];
        count++;
    }
    return count;
}

static bc_status choose(const bc_class **positive, const bc_class *const two[2], size_t count,
                        const bc_listing *listing, const char *wanted, bc_error *err) {
    if (count < 2)
        return too_few(listing, two[0], err);
    if (wanted != NULL) {
        *positive = find_named(listing, wanted);
        return *positive != NULL ? BC_OK : no_such_class(listing, wanted, err);
    }
    if (count > 2)
        return which_of_many(listing, count, err);
    int which = bc_classes_recognise(two[0]->name, two[1]->name);
    if (which < 0)
        return which_of_two(two[0], two[1], err);
    *positive = two[which];
    return BC_OK;
}

/* A model can keep no other. */
static bc_status check_name(const bc_class *class, const bc_listing *listing, bc_error *err) {
    if (class == NULL || bc_text_is_utf8(class->name, strlen(class->name)))
        return BC_OK;
    return bc_fail(err, BC_ERROR_FORMAT, "%s: the name of class '%s' is not in UTF-8; rename it",
                   listing->name, class->name);
}

/* negative is NULL for one class against the rest. */
static bc_status set_names(bc_dataset *dataset, const bc_class *positive, const bc_class *negative,
                           bool named, bc_error *err) {
    bc_text rest = {0}, reason = {0};
    bc_text_format(&rest, negative != NULL ? "%s" : "not %s", (negative != NULL ? negative : positive)->name);
    if (named)
        bc_text_string(&reason, "named by --positive");
    else
        bc_text_format(&reason, "recognised from the class names '%s' and '%s'; --positive changes it",
                       positive->name, rest.failed ? "" : rest.data);
    bc_status status = bc_text_check(rest.failed ? &rest : &reason, err);
    if (status == BC_OK)
        status = bc_copy_text(&dataset->positive, positive->name, strlen(positive->name), err);
    dataset->negative = rest.data;
    dataset->positive_reason = reason.data;
    return status;
}

bc_status bc_classes_choose(bc_dataset *dataset, bc_listing *listing, const char *wanted, bc_error *err) {
    const bc_class *two[2], *positive = NULL;
    size_t count = count_classes(two, listing);
    bc_status status = choose(&positive, two, count, listing, wanted, err);
    const bc_class *negative = count > 2 ? NULL : two[positive == two[0]];
    if (status == BC_OK)
        status = check_name(positive, listing, err);
    if (status == BC_OK)
        status = check_name(negative, listing, err);
    if (status != BC_OK)
        return status;
    for (size_t i = 0; i < listing->count; i++)
        listing->items[i].sample.label = listing->items[i].class == positive;
    return set_names(dataset, positive, negative, wanted != NULL, err);
}

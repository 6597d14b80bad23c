/* Writes scores.csv. */
#include <bclass/logit.h>
#include <bclass/scores.h>

#include "base/number.h"
#include "base/output.h"
#include "base/text.h"

#include <string.h>

enum { DIGITS = 9 }; /* carry a float without loss */

static void append_header(bc_text *text, const bc_scores *scores) {
    bc_text_string(text, "path,label,logit,score,split");
    bc_text_string(text, scores->folds != NULL ? ",fold" : "");
    bc_text_string(text, scores->groups != NULL ? ",group" : "");
    bc_text_string(text, scores->weights != NULL ? ",weight" : "");
    bc_text_string(text, scores->targets != NULL ? ",target\n" : "\n");
}

/* A logit with as few digits as lose nothing. */
static void append_logit(bc_text *text, double logit) {
    char digits[BC_NUMBER_SIZE];
    bc_number_print_exact(digits, logit);
    if ((double)(float)logit == logit)
        bc_text_number(text, logit, DIGITS);
    else
        bc_text_string(text, digits);
}

static void append_row(bc_text *text, const bc_scores *scores, size_t i) {
    static const char *const labels[] = {",,", ",0,", ",1,"}; /* of -1, 0, 1 */
    bc_text_field(text, bc_scores_path(scores, i), ',');
    bc_text_string(text, labels[scores->labels[i] + 1]);
    append_logit(text, bc_scores_logit(scores, i));
    bc_text_char(text, ',');
    bc_text_number(text, scores->logits ? bc_sigmoid(scores->values[i]) : scores->values[i], DIGITS);
    bc_text_char(text, ',');
    bc_text_string(text, bc_split_name(bc_scores_split(scores, i)));
    if (scores->folds != NULL && scores->folds[i] >= 0)
        bc_text_format(text, ",%d", (int)scores->folds[i]);
    else if (scores->folds != NULL)
        bc_text_char(text, ',');
    if (scores->groups != NULL) {
        bc_text_char(text, ',');
        bc_text_field(text, bc_scores_group(scores, i), ',');
    }
    if (scores->weights != NULL) {
        bc_text_char(text, ',');
        bc_text_number(text, scores->weights[i], DIGITS);
    }
    if (scores->targets != NULL) {
        bc_text_char(text, ',');
        bc_text_field(text, scores->target_names[scores->targets[i]], ',');
    }
    bc_text_char(text, '\n');
}

static bc_status write_text(bc_output *output, bc_text *text, bc_error *err) {
    bc_status status = bc_text_check(text, err);
    if (status == BC_OK)
        status = bc_output_write(output, text->data, text->length, err);
    bc_text_clear(text);
    return status;
}

bc_status bc_scores_write(const bc_scores *scores, const char *path, bc_error *err) {
    bc_output *output = NULL;
    bc_text text = {0};
    bc_status status =
        strcmp(path, "-") == 0 ? bc_output_standard(&output, err) : bc_output_open(&output, path, err);
    if (status != BC_OK)
        return status;
    append_header(&text, scores);
    status = write_text(output, &text, err);
    for (size_t i = 0; status == BC_OK && i < scores->count; i++) {
        append_row(&text, scores, i);
        status = write_text(output, &text, err);
    }
    if (status == BC_OK)
        status = bc_output_commit(output, err);
    bc_text_free(&text);
    bc_output_free(output);
    return status;
}

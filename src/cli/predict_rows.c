/* The rows of bclass predict. */
#include "predict.h"

#include "base/file.h"
#include "base/json.h"
#include "base/number.h"

#include <bclass/logit.h>

#include <string.h>

enum { DIGITS = 9 }; /* carry a float without loss */

static const char *const columns[] = {"path", "logit", "score", "decision"};

static char separator_of(bc_predict_format format) {
    return format == BC_PREDICT_TSV ? '\t' : ',';
}

void bc_predict_header(bc_text *text, bc_predict_format format) {
    if (format == BC_PREDICT_JSONL)
        return;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        if (i > 0)
            bc_text_char(text, separator_of(format));
        bc_text_string(text, columns[i]);
    }
    bc_text_char(text, '\n');
}

static void append_delimited(bc_text *text, char separator, const bc_scored *picture, double logit,
                             const char *decision) {
    bc_text_field(text, picture->path, separator);
    bc_text_char(text, separator);
    bc_text_number(text, logit, DIGITS);
    bc_text_char(text, separator);
    bc_text_number(text, bc_sigmoid(logit), DIGITS);
    bc_text_char(text, separator);
    bc_text_field(text, decision, separator);
    bc_text_char(text, '\n');
}

/* The same digits as in the other formats. */
static void put_rounded(bc_json_builder *builder, const char *key, double value) {
    char digits[BC_NUMBER_SIZE];
    bc_number_print(digits, value, DIGITS);
    (void)bc_number_parse(digits, strlen(digits), &value);
    bc_json_put_number(builder, key, value);
}

static bc_status append_json(bc_text *text, const bc_scored *picture, double logit, const char *decision,
                             bc_error *err) {
    bc_json_builder *builder;
    bc_status status = bc_json_builder_create(&builder, err);
    if (status != BC_OK)
        return status;
    bc_json_put_text(builder, columns[0], picture->path);
    if (picture->error.status == BC_OK) {
        put_rounded(builder, columns[1], logit);
        put_rounded(builder, columns[2], bc_sigmoid(logit));
        bc_json_put_text(builder, columns[3], decision);
    } else {
        bc_json_put_text(builder, "error", bc_file_reason(picture->error.message, picture->path));
    }
    status = bc_json_finish(text, builder, false, err);
    bc_text_char(text, '\n');
    bc_json_builder_free(builder);
    return status;
}

bc_status bc_predict_row(bc_text *text, bc_predict_format format, const bc_scored *picture,
                         const bc_predict_view *view, const bc_model *model, bc_error *err) {
    const char *decision = (double)picture->logit >= view->cutoff ? model->positive : model->negative;
    double logit = (double)picture->logit + view->shift;
    if (format == BC_PREDICT_JSONL)
        return append_json(text, picture, logit, decision, err);
    if (picture->error.status == BC_OK)
        append_delimited(text, separator_of(format), picture, logit, decision);
    return BC_OK;
}

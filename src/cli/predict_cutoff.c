/* The cutoff of bclass predict: given as a number, or in a file that must belong to the model. */
#include "predict.h"
#include "print.h"

#include "base/number.h"

#include <bclass/cutoff.h>
#include <bclass/logit.h>

#include <string.h>

static bool differ(const char *a, const char *b) {
    return a != NULL && b != NULL && a[0] != '\0' && b[0] != '\0' && strcmp(a, b) != 0;
}

static bc_status check_scores(const bc_cutoff *cutoff, const char *path, const bc_model *model,
                              bc_error *err) {
    if (!differ(cutoff->scores_sha256, model->scores_sha256))
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "%s was chosen on other scores than this model's (SHA-256 %.12s..., not %.12s...)", path,
                   cutoff->scores_sha256, model->scores_sha256);
}

static bc_status check_classes(const bc_cutoff *cutoff, const char *path, const bc_model *model,
                               bc_error *err) {
    if (!differ(cutoff->positive, model->positive) && !differ(cutoff->negative, model->negative))
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "%s was chosen for other classes than this model's ('%s' against '%s', not '%s' against "
                   "'%s')",
                   path, cutoff->positive != NULL ? cutoff->positive : "?",
                   cutoff->negative != NULL ? cutoff->negative : "?", model->positive, model->negative);
}

static bc_status check_file(const bc_cutoff *cutoff, const char *path, const bc_model *model, bool force,
                            bool quiet, bc_error *err) {
    bc_error found = {0};
    bc_status status = check_classes(cutoff, path, model, &found);
    if (status == BC_OK)
        status = check_scores(cutoff, path, model, &found);
    if (status != BC_OK && !force)
        return bc_fail(err, status, "%s; --force uses it all the same", found.message);
    bool known = cutoff->scores_sha256[0] != '\0' && model->scores_sha256[0] != '\0';
    if (status != BC_OK && !quiet)
        bc_remark("%s; it is used all the same", found.message);
    else if (!known && !quiet)
        bc_remark("%s: cannot tell whether it was chosen on this model's scores", path);
    return BC_OK;
}

bc_status bc_predict_cutoff(double *logit, const char *option, const char *text, const bc_model *model,
                            bool force, bool quiet, bc_error *err) {
    bc_cutoff cutoff;
    double number;
    if (bc_number_parse(text, strlen(text), &number)) {
        *logit = bc_logit(number);
        return number >= 0 && number <= 1
                   ? BC_OK
                   : bc_fail(err, BC_ERROR_USAGE,
                             "--%s takes a number from 0 to 1 or a cutoff file, not '%s'", option, text);
    }
    bc_status status = bc_cutoff_read(&cutoff, text, err);
    if (status == BC_OK)
        status = check_file(&cutoff, text, model, force, quiet, err);
    *logit = cutoff.logit;
    bc_cutoff_free(&cutoff);
    return status;
}

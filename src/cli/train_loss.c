/* What `bclass train` minimises, and the head that makes probabilities of it: options, their contradictions,
 * and what is said of them. */
#include "print.h"
#include "train.h"

#include "base/json.h"
#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const bc_train_heads[] = {"sigmoid", "softmax", NULL};
const char *const bc_train_losses[] = {"bce", "focal", NULL};

enum { HEAD_SIGMOID, HEAD_SOFTMAX };
enum { LOSS_BCE, LOSS_FOCAL };

/* ---- settings to options ---- */

static bc_status parse_pos_weight(double *weight, const char *text, bc_error *err) {
    *weight = 0;
    if (strcmp(text, "auto") == 0 ||
        (bc_number_parse(text, strlen(text), weight) && *weight >= 1e-6 && *weight <= 1e6))
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE, "--pos-weight takes auto or a number from 1e-06 to 1e+06, not '%s'",
                   text);
}

bc_status bc_train_choose_loss(bc_train_session *session, bc_error *err) {
    const double usual_gamma = 2; /* Lin et al. 2017, section 5.1 */
    const bc_train_settings *set = session->settings;
    bc_train_options *options = &session->options;
    if (set->gamma >= 0 && set->loss != LOSS_FOCAL)
        return bc_fail(err, BC_ERROR_USAGE, "--gamma is of the focal loss; it needs --loss focal");
    options->gamma = set->loss != LOSS_FOCAL ? 0 : set->gamma >= 0 ? set->gamma : usual_gamma;
    options->sampling = (bc_sampling)set->sampling;
    return parse_pos_weight(&options->pos_weight, set->pos_weight, err);
}

/* It follows from the loss and the classes. */
static bc_status refuse_offset(const bc_train_session *session, const bc_layer *head, bc_error *err) {
    if (head->offset == 0)
        return BC_OK;
    return bc_fail(err, BC_ERROR_USAGE,
                   "the head of %s states an offset of %g; training sets that itself, so leave it out",
                   session->settings->net, head->offset);
}

/* The loss may be asked for by the head of a net file. */
static bc_status agree_on_gamma(bc_train_session *session, const bc_layer *head, bc_error *err) {
    const bc_train_settings *set = session->settings;
    if (head->gamma == 0)
        return BC_OK;
    if (set->loss >= 0 && session->options.gamma != head->gamma)
        return bc_fail(err, BC_ERROR_USAGE,
                       "the head of %s asks for the focal loss with gamma %g; leave that out, or --loss %s",
                       set->net, head->gamma, bc_train_losses[set->loss]);
    session->options.gamma = head->gamma;
    return BC_OK;
}

bc_status bc_train_choose_head(bc_train_session *session, bc_spec *spec, bc_error *err) {
    static const bc_layer_kind kinds[] = {
        [HEAD_SIGMOID] = BC_LAYER_SIGMOID, [HEAD_SOFTMAX] = BC_LAYER_SOFTMAX};
    const bc_train_settings *set = session->settings;
    bc_status status = refuse_offset(session, bc_spec_head(spec), err);
    if (status == BC_OK)
        status = agree_on_gamma(session, bc_spec_head(spec), err);
    if (status == BC_OK && set->head >= 0)
        status = bc_spec_choose_head(spec, kinds[set->head], set->net, err);
    return status;
}

/* ---- what is said of them ---- */

void bc_train_describe_loss(bc_json_builder *json, const bc_train_session *session) {
    const bc_train_options *options = &session->options;
    const bc_layer *head = bc_spec_head(&session->model.network.spec);
    bc_json_put_text(json, "head", bc_layer_kind_name(head->kind));
    bc_json_put_text(json, "loss", bc_train_losses[options->gamma > 0 ? LOSS_FOCAL : LOSS_BCE]);
    bc_json_put_number(json, "gamma", options->gamma);
    bc_json_put_number(json, "pos_weight", options->pos_weight);
    bc_json_put_text(json, "sampling", bc_sampling_names[options->sampling]);
    bc_json_put_number(json, "logit_offset", head->offset);
}

/* That nothing is done about classes of which one has many times as many pictures is a choice too. */
static void remark_uneven(const bc_train_session *session) {
    const double uneven = 4;
    const bc_dataset *dataset = &session->dataset;
    const double positives = (double)bc_dataset_count(dataset, BC_SPLIT_TRAIN, 1);
    const double negatives = (double)bc_dataset_count(dataset, BC_SPLIT_TRAIN, 0);
    const bool positives_are_rare = positives < negatives;
    const double ratio = positives_are_rare ? negatives / positives : positives / negatives;
    if (ratio >= uneven && isfinite(ratio))
        bc_remark(
            "1 %s to %.3g %s: each picture counts once, so that scores are probabilities as they come; see "
            "--pos-weight, --sampling and --loss",
            positives_are_rare ? dataset->positive : dataset->negative, ratio,
            positives_are_rare ? dataset->negative : dataset->positive);
}

void bc_train_announce_loss(const bc_train_session *session) {
    const bc_train_options *options = &session->options;
    const bc_layer *head = bc_spec_head(&session->model.network.spec);
    const bool balanced = options->sampling == BC_SAMPLING_BALANCED;
    char focal[64] = "", weight[64] = "", offset[64] = "";
    if (options->gamma == 0 && options->pos_weight == 1 && !balanced) {
        remark_uneven(session);
        return;
    }
    if (options->gamma > 0)
        snprintf(focal, sizeof focal, "focal loss with gamma %.3g; ", options->gamma);
    if (options->pos_weight != 1)
        snprintf(weight, sizeof weight, "a positive weighs %.3g; ", options->pos_weight);
    if (head->offset != 0)
        snprintf(offset, sizeof offset, " (by %+.3f)", head->offset);
    bc_remark("%s%s%slogits are corrected for it%s, so that scores stay probabilities", focal, weight,
              balanced ? "classes are drawn evenly; " : "", offset);
}

/* The options of `bclass train`, and what they come to. */
#include "data_choice.h"
#include "rows.h"
#include "train.h"

#include "base/number.h"

#include <bclass/image.h>

#include <string.h>

#define FIELD(name) offsetof(bc_train_settings, name)

const bc_option bc_train_table[] = {
    {.section = "Result",
     .name = "out",
     .letter = 'o',
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(out),
     .value_name = "RUN",
     .help = "folder to write: the model, the scores of val and test, history and settings (needed)"},
    {.name = "force",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(force),
     .value = true,
     .help = "replace the run that RUN holds, or the part of one"},
    {.name = "resume",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(resume),
     .value = true,
     .help = "go on where a run that was stopped or killed left off, from its last whole epoch, to the same "
             "result; needs the same DATA and options"},
    {.name = "verify",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(verify),
     .value_name = "RUN",
     .help =
         "train RUN again, as its settings.json says and from the same folder, and compare the bytes; exit "
         "code 3 when they differ; changes nothing"},
    {.section = "Data", BC_ROW_POSITIVE(FIELD(positive))},
    {BC_ROW_VAL(FIELD(val))},
    {BC_ROW_TEST(FIELD(test))},
    {BC_ROW_FOLDS(FIELD(folds)),
     .help = "in place of val: part the pictures into K folds, and score each with a network trained on the "
             "others"},
    {.name = "final",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(final),
     .choices = bc_train_final_names,
     .default_text = "refit",
     .help = "the model of a run with folds: a network trained on the pictures of all folds, or the mean of "
             "the folds' networks, which cannot be had with the focal loss"},
    {BC_ROW_GROUP_FROM(FIELD(group_from))},
    {BC_ROW_IMGSZ(FIELD(imgsz))},
    {BC_ROW_FIT(FIELD(fit))},
    {.name = "normalise",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(normalise),
     .choices = bc_normalise_names,
     .default_text = "set",
     .help =
         "bring the values to mean 0 and standard deviation 1 over all training pictures, or those of each "
         "picture by itself, so that its brightness and contrast say nothing"},
    {BC_ROW_MAX_PIXELS(FIELD(max_pixels)), .help = "skip a picture that declares more pixels"},
    {.name = "strict",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(strict),
     .value = true,
     .help = "end with an error at an unreadable picture instead of skipping it"},
    {.name = "allow-leak",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(allow_leak),
     .value = true,
     .help = "train even if a picture of one split that the data states, or fold, is in another one too"},
    {.section = "Network",
     .name = "net",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(net),
     .value_name = "NAME|FILE",
     .default_text = "resnet, from 6000 training pictures on wide",
     .help = "mlp, small, resnet, wide, or a JSON file that lists layers"},
    {.name = "head",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(head),
     .choices = bc_train_heads,
     .default_text = "sigmoid, or as the file has it",
     .help = "what makes the score: sigmoid of one output, or softmax of two; they learn the same"},
    {.section = "Training",
     .name = "epochs",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(epochs),
     .value_name = "N",
     .default_text = "12 to 60, by the number of pictures",
     .least = 1,
     .most = 100000,
     .help = "rounds over the training pictures"},
    {.name = "batch-size",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(batch_size),
     .value_name = "N",
     .default_text = "32, 64 or 128, by the number of pictures",
     .least = 1,
     .most = 65536,
     .help = "pictures a step"},
    {.name = "lr",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(learning_rate),
     .value_name = "RATE",
     .default_text = "0.01, with sgd 0.1",
     .least = BC_LEARNING_RATE_LEAST,
     .most = BC_LEARNING_RATE_MOST,
     .help = "the highest learning rate"},
    {.name = "weight-decay",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(weight_decay),
     .value_name = "RATE",
     .default_text = "0.05, with sgd 0.0005",
     .least = 0,
     .most = BC_WEIGHT_DECAY_MOST,
     .help = "shrinks the weights; biases and norms are left alone"},
    {.name = "patience",
     .kind = BC_OPTION_INTEGER,
     .offset = FIELD(patience),
     .value_name = "N",
     .default_text = "never",
     .least = 1,
     .most = 100000,
     .help =
         "end after N epochs in a row that are not kept: whose val loss, or what --favour asks for, is worse "
         "than the best by more than a standard error"},
    {.name = "favour",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(favour),
     .value_name = "recall=R|precision=P",
     .default_text = "the least loss",
     .help =
         "keep the epoch that is best on val where it matters: with the fewest false alarms at a recall of "
         "R and more, or with the highest recall at a precision of P"},
    {.name = "optimizer",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(optimiser),
     .choices = bc_optimiser_names,
     .default_text = "muon",
     .help = "how weights follow the gradient: sgd has Nesterov momentum, muon makes the updates of "
             "convolutions orthogonal and leaves the rest to adamw"},
    {.name = "schedule",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(schedule),
     .choices = bc_schedule_names,
     .default_text = "one-cycle",
     .help = "how the learning rate changes"},
    {.name = "label-smoothing",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(label_smoothing),
     .value_name = "SHARE",
     .default_text = "0.1",
     .least = 0,
     .most = 0.9,
     .help = "labels are learned as by SHARE nearer to the share of positives, so that no score runs off to "
             "0 or 1"},
    {.name = "ema",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(averaging),
     .value_name = "DECAY",
     .default_text = "0.99",
     .least = 0,
     .most = 0.99999,
     .help =
         "use the running mean of the weights, of which each step leaves DECAY; 0: the weights themselves"},
    {.name = "loss",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(loss),
     .choices = bc_train_losses,
     .default_text = "bce, or as the file of the network has it",
     .help = "binary cross-entropy, or the focal loss, in which pictures that are already told apart count "
             "little"},
    {.name = "gamma",
     .kind = BC_OPTION_NUMBER,
     .offset = FIELD(gamma),
     .value_name = "X",
     .default_text = "2",
     .least = 0,
     .most = BC_GAMMA_LIMIT,
     .help = "how little they count in the focal loss; 0 is bce"},
    {.name = "pos-weight",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(pos_weight),
     .value_name = "auto|X",
     .default_text = "1",
     .help = "weight of a positive in the loss; auto: negatives per positive. The logits are corrected for "
             "this, as for the focal loss and for --sampling, so that scores stay probabilities"},
    {.name = "sampling",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(sampling),
     .choices = bc_sampling_names,
     .default_text = "plain",
     .help = "balanced: an epoch has as many pictures of one class as of the other, those of the rarer one "
             "several times, each time augmented anew"},
    {.name = "calibrate",
     .kind = BC_OPTION_CHOICE,
     .offset = FIELD(calibrate),
     .choices = bc_calibration_names,
     .default_text = "auto",
     .help = "how the scores are made to mean what they say, fitted on val; auto takes the simplest that "
             "cross-validates there within one standard error of the best"},
    {.name = "augment",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(augment),
     .value_name = "LEVEL[+cutout][+mixup]",
     .default_text = "strong",
     .help =
         "random changes to training pictures. LEVEL is none, light (small shifts and horizontal flips) "
         "or strong (also small turns and changes of size, and changes of brightness and contrast, larger "
         "ones below 6000 training pictures); what moves things is left out where all pictures show them in "
         "the same place. +cutout cuts a square out of each picture, of a quarter of its side or, as "
         "+cutout=X, of X of it; +mixup mixes pictures in pairs, labels and all, by shares from "
         "Beta(0.2, 0.2) or, as +mixup=X, from Beta(X, X)"},
    {.name = "no-hflip",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(hflip),
     .value = false,
     .help = "no horizontal flips: left and right mean something"},
    {.name = "tta",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(tta),
     .value = true,
     .help = "score each picture and its mirror image, in predict too, and take the mean of the logits; the "
             "default, and without effect where training mirrors no pictures"},
    {.name = "no-tta",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(tta),
     .value = false,
     .help = "score each picture alone, which takes half as long"},
    {.name = "tune",
     .kind = BC_OPTION_FLAG,
     .offset = FIELD(tune),
     .value = true,
     .help = "first try learning rates, weight decays and augmentations around these on val, a few epochs "
             "each, and train with the best"},
    {.name = "time",
     .kind = BC_OPTION_TEXT,
     .offset = FIELD(time),
     .value_name = "DURATION",
     .default_text = "10m",
     .help = "with --tune: how long all of it may take, as 90s, 10m or 1.5h; what is best then is kept"},
    {BC_ROW_SEED(FIELD(seed)), .default_text = "1",
     .help = "of splits, first weights, order and augmentation; the same seed gives the same model on the "
             "same kind of CPU"},
    {BC_ROW_THREADS(FIELD(threads)), .section = "Running", .help = "the result does not depend on it"},
    {BC_ROW_QUIET(FIELD(quiet)), .help = "no progress and no remarks on standard error"},
    {.name = NULL},
};

void bc_train_set_defaults(void *block) {
    *(bc_train_settings *)block = (bc_train_settings){
        .val = BC_TRAIN_NOT_GIVEN,
        .test = BC_TRAIN_NOT_GIVEN,
        .final = BC_TRAIN_NOT_GIVEN,
        .fit = BC_FIT_PAD,
        .normalise = BC_NORMALISE_SET,
        .max_pixels = BC_MAX_PIXELS_DEFAULT,
        .weight_decay = -1, /* by the optimiser */
        .optimiser = BC_MUON,
        .head = -1,
        .loss = -1,
        .gamma = -1,
        .pos_weight = "1",
        .sampling = BC_SAMPLING_PLAIN,
        .label_smoothing = 0.1,
        .averaging = 0.99,
        .augment = "strong",
        .calibrate = BC_CALIBRATION_AUTO,
        .hflip = true,
        .tta = true,
        .seed = 1,
    };
}

static bc_status parse_favour(bc_favour *favour, const char *text, bc_error *err) {
    static const struct {
        const char *word;
        bc_favour_kind kind;
    } kinds[] = {{"recall=", BC_FAVOUR_RECALL}, {"precision=", BC_FAVOUR_PRECISION}};
    *favour = (bc_favour){BC_FAVOUR_LOSS, BC_FAVOURED_RECALL};
    if (text == NULL)
        return BC_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const size_t length = strlen(kinds[i].word);
        favour->kind = kinds[i].kind;
        if (strncmp(text, kinds[i].word, length) == 0 &&
            bc_number_parse(text + length, strlen(text + length), &favour->floor) && favour->floor > 0 &&
            favour->floor < 1)
            return BC_OK;
    }
    return bc_fail(err, BC_ERROR_USAGE,
                   "--favour takes recall=R or precision=P with a number between 0 and 1, not '%s'", text);
}

bc_status bc_train_make_options(bc_train_session *session, bc_error *err) {
    const bc_train_settings *set = session->settings;
    session->options = (bc_train_options){
        .epochs = (size_t)set->epochs,
        .batch_size = (size_t)set->batch_size,
        .patience = (size_t)set->patience,
        .learning_rate = set->learning_rate,
        .weight_decay = set->weight_decay,
        .optimiser = (bc_optimiser_kind)set->optimiser,
        .schedule = (bc_schedule)set->schedule,
        .hflip = set->hflip,
        .label_smoothing = set->label_smoothing,
        .averaging = set->averaging,
        .seed = (uint64_t)set->seed,
        .tempered = set->calibrate != BC_CALIBRATION_NONE,
        .resume = set->resume,
    };
    if (set->weight_decay < 0)
        session->options.weight_decay = set->optimiser == BC_SGD ? 0.0005 : 0.05;
    bc_status status = bc_train_choose_loss(session, err);
    if (status == BC_OK)
        status = bc_train_parse_augment(&session->options, set->augment, err);
    if (status == BC_OK)
        status = parse_favour(&session->options.favour, set->favour, err);
    if (status == BC_OK && set->time != NULL && !set->tune)
        status = bc_fail(err, BC_ERROR_USAGE, "--time is for --tune");
    if (status == BC_OK)
        status = bc_train_parse_time(&session->time, set->time != NULL ? set->time : "10m", err);
    return status;
}

void bc_train_choose_mirror(bc_train_session *session) {
    session->model.preprocess.mirror = session->settings->tta && bc_train_mirrors(&session->options);
}

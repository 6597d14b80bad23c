/* What a report tells of the data and of how the network was trained. */
#include "report_session.h"
#include "shell_word.h"

#include "base/number.h"

#include <string.h>

/* "learning_rate" for people. */
static void append_name(bc_text *text, const char *key) {
    static const char *const names[][2] = {{"path", "pictures"},
                                           {"sha256", "SHA-256 of the data"},
                                           {"positive", "positive class"},
                                           {"negative", "negative class"},
                                           {"positive_reason", "which was"},
                                           {"split_by_seed", "split drawn by the seed"},
                                           {"val", "share of val, where drawn"},
                                           {"test", "share of test, where drawn"},
                                           {"lr", "learning rate"},
                                           {"ema", "running mean of weights"},
                                           {"imgsz", "picture size"},
                                           {"tta", "scores mirror images too"},
                                           {"hflip", "mirrors pictures"},
                                           {"brightness", "changes brightness by up to"},
                                           {"contrast", "changes contrast by up to"},
                                           {"pos_weight", "weight of positives"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(key, names[i][0]) == 0) {
            bc_text_string(text, names[i][1]);
            return;
        }
    }
    for (; *key != '\0'; key++)
        bc_text_char(text, *key == '_' ? ' ' : *key);
}

/* A word, a number, yes or no; false for anything else. */
static bool append_value(bc_text *text, const bc_json *value) {
    double number;
    bool flag;
    char digits[BC_NUMBER_SIZE];
    if (bc_json_text(value) != NULL) {
        bc_text_string(text, bc_json_text(value));
    } else if (bc_json_number(value, &number)) {
        bc_number_print(digits, number, 6);
        bc_text_string(text, digits);
    } else if (bc_json_bool(value, &flag)) {
        bc_text_string(text, flag ? "yes" : "no");
    } else {
        return false;
    }
    return true;
}

static void add_members(bc_report_facts *facts, const char *section, const bc_json *object) {
    for (const bc_json *value = bc_json_first(object); value != NULL; value = bc_json_next(value)) {
        bc_text name = {0}, shown = {0};
        append_name(&name, bc_json_key(value));
        if (append_value(&shown, value) && name.data != NULL && shown.data != NULL)
            bc_report_add_fact(facts, section, name.data, shown.data);
        facts->failed = facts->failed || name.failed || shown.failed;
        bc_text_free(&name);
        bc_text_free(&shown);
    }
}

/* As it was typed. */
static void add_command(bc_report_session *session) {
    const bc_json *given = bc_json_member(session->run.settings, "given");
    bc_text words = {0};
    if (session->run.data == NULL || !bc_json_is_array(given))
        return;
    bc_text_string(&words, "bclass train ");
    bc_text_shell_path(&words, session->run.data);
    bc_text_string(&words, " -o ");
    bc_text_shell_path(&words, session->given);
    for (const bc_json *word = bc_json_first(given); word != NULL; word = bc_json_next(word)) {
        bc_text_char(&words, ' ');
        bc_text_shell_word(&words, bc_json_text(word) != NULL ? bc_json_text(word) : "");
    }
    if (words.failed)
        session->facts.failed = true;
    else
        bc_report_add_fact(&session->facts, "Training", "command", words.data);
    bc_text_free(&words);
}

/* Pictures that were learned from have no scores, but with folds, where those are of other networks. */
static void note_trained(bc_report_session *session) {
    const bc_json *data = bc_json_member(session->run.settings, "data");
    const bc_json *train = bc_json_member(bc_json_member(data, "pictures"), "train");
    bc_report *report = &session->report;
    report->trained = bc_json_integer(bc_json_member(train, "positive"), &report->trained_positives) &&
                      bc_json_integer(bc_json_member(train, "negative"), &report->trained_negatives) &&
                      bc_scores_count(&session->scores, BC_SPLIT_OOF, 1) == 0;
}

void bc_report_collect_facts(bc_report_session *session) {
    bc_report_add_fact(&session->facts, "Data", "scores", session->file);
    note_trained(session);
    add_members(&session->facts, "Data", bc_json_member(session->run.settings, "data"));
    add_command(session);
    add_members(&session->facts, "Training", session->run.settings);
}

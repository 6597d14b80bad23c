/* Whether scores are too near 0 and 1 for a cutoff to do anything, in words and in JSON. */
#include "sweep_print.h"

static double percent(size_t part, size_t whole) {
    return 100 * (double)part / (double)whole;
}

static void print_finding(bc_text *text, const bc_saturation *of) {
    bc_text_string(text, "saturation: ");
    if (of->ends)
        bc_text_format(text, "%.0f %% of the scores are exactly 1 and %.0f %% exactly 0; ",
                       percent(of->at_one, of->rows), percent(of->at_zero, of->rows));
    bc_text_format(text, "moving the cutoff from 0.5 to 0.05 changes %zu of %zu rows\n", of->moved, of->rows);
}

void bc_sweep_saturation_words(bc_text *text, const bc_sweep_study *study) {
    const bc_saturation *of = &study->saturation;
    if (!of->ends && !of->stuck)
        return;
    print_finding(text, of);
    if (of->ends && of->decimals > 0)
        bc_text_format(
            text,
            "    the scores have %d decimal%s at most, and what is equal no cutoff tells apart: save "
            "logits with 9 digits\n",
            of->decimals, of->decimals == 1 ? "" : "s");
    else if (of->ends)
        bc_text_string(text, "    what is equal no cutoff tells apart: save logits with 9 digits\n");
    bc_text_string(text, "    scores of rows that were learned from are like that: sweep held-out rows\n");
    if (of->stuck)
        bc_text_string(text,
                       "    where these are held out, 'bclass calibrate' brings the scores back from the "
                       "ends\n");
}

void bc_sweep_saturation_json(bc_json_builder *json, const bc_sweep_study *study) {
    const bc_saturation *of = &study->saturation;
    bool found = of->ends || of->stuck;
    bc_json_begin_object(json, "saturation");
    bc_json_put_bool(json, "found", found);
    bc_json_put_bool(json, "at_ends", of->ends);
    bc_json_put_bool(json, "stuck", of->stuck);
    bc_json_put_integer(json, "exactly_0", (int64_t)of->at_zero);
    bc_json_put_integer(json, "exactly_1", (int64_t)of->at_one);
    bc_json_put_integer(json, "moved", (int64_t)of->moved);
    bc_json_put_integer(json, "wrong_at_half", (int64_t)of->errors);
    if (found)
        bc_json_put_integer(json, "distinct", (int64_t)of->distinct);
    if (found && of->decimals > 0)
        bc_json_put_integer(json, "decimals", of->decimals);
    bc_json_end(json);
}

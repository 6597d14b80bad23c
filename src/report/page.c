/* Puts the page together. */
#include "report/page_data.h"
#include "report/page_files.h"

#include "base/deflate.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

static const char mark[] = "<!doctype html>\n<!-- bclass report -->\n";

bc_status bc_report_is_page(bool *is_page, const char *path, bc_error *err) {
    uint8_t start[sizeof mark];
    size_t size = 0;
    bc_file_info info = {0};
    *is_page = false;
    bc_status status = bc_file_look(&info, path, err);
    if (status != BC_OK || info.kind != BC_FILE_REGULAR)
        return status;
    status = bc_file_read_start(start, &size, sizeof mark - 1, path, err);
    *is_page = status == BC_OK && size == sizeof mark - 1 && memcmp(start, mark, size) == 0;
    return status;
}

void bc_report_add_fact(bc_report_facts *facts, const char *section, const char *name, const char *value) {
    void *block = facts->items;
    bc_report_fact fact = {.section = section};
    if (!facts->failed &&
        bc_grow(&block, &facts->capacity, facts->count + 1, sizeof *facts->items, NULL) != BC_OK)
        facts->failed = true;
    facts->items = block;
    if (!facts->failed && (bc_copy_text(&fact.name, name, strlen(name), NULL) != BC_OK ||
                           bc_copy_text(&fact.value, value, strlen(value), NULL) != BC_OK)) {
        free(fact.name);
        facts->failed = true;
    }
    if (!facts->failed)
        facts->items[facts->count++] = fact;
}

void bc_report_facts_free(bc_report_facts *facts) {
    for (size_t i = 0; i < facts->count; i++) {
        free(facts->items[i].name);
        free(facts->items[i].value);
    }
    free(facts->items);
    *facts = (bc_report_facts){0};
}

/* ---- the parts ---- */

static unsigned hex_digit(char digit) {
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a' + 10);
}

/* How a Content-Security-Policy names what may stand between <script> or <style> and its end. */
static bc_status append_hash(bc_text *text, const unsigned char *data, size_t size, bc_error *err) {
    char digits[BC_HASH_TEXT_SIZE];
    unsigned char bytes[(BC_HASH_TEXT_SIZE - 1) / 2];
    bc_hash *hash;
    bc_status status = bc_hash_create(&hash, err);
    if (status != BC_OK)
        return status;
    bc_hash_add(hash, data, size);
    bc_hash_finish(hash, digits);
    bc_hash_free(hash);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(hex_digit(digits[2 * i]) << 4 | hex_digit(digits[2 * i + 1]));
    bc_text_string(text, "'sha256-");
    bc_text_base64(text, bytes, sizeof bytes);
    bc_text_string(text, "'");
    return BC_OK;
}

static void append_bytes(bc_text *text, const unsigned char *data, size_t size) {
    bc_text_append(text, (const char *)data, size);
}

static bc_status append_style(bc_text *text, const bc_report *report, bc_error *err) {
    (void)report;
    append_bytes(text, bc_style_css, bc_style_css_size);
    return bc_text_check(text, err);
}

static bc_status append_script(bc_text *text, const bc_report *report, bc_error *err) {
    (void)report;
    append_bytes(text, bc_report_js, bc_report_js_size);
    return bc_text_check(text, err);
}

static bc_status append_style_hash(bc_text *text, const bc_report *report, bc_error *err) {
    (void)report;
    return append_hash(text, bc_style_css, bc_style_css_size, err);
}

static bc_status append_script_hash(bc_text *text, const bc_report *report, bc_error *err) {
    (void)report;
    return append_hash(text, bc_report_js, bc_report_js_size, err);
}

static size_t room_left(const bc_text *text) {
    return text->length < BC_REPORT_SIZE ? BC_REPORT_SIZE - text->length : 0;
}

static size_t within(size_t size, size_t least, size_t most) {
    return size < least ? least : size > most ? most : size;
}

/* The curves must be there; pictures and paths take what they leave. */
static bc_status append_data(bc_text *text, const bc_report *report, bc_error *err) {
    enum { PICTURES_ROOM = 3000000, PATHS_ROOM = 2700000, LEAST_ROOM = 500000 };
    bc_status status = bc_page_facts(text, report, err);
    if (status == BC_OK)
        status = bc_page_curves(text, report, err);
    if (status == BC_OK)
        status = bc_page_pictures(text, report, within(room_left(text) / 2, LEAST_ROOM, PICTURES_ROOM), err);
    if (status == BC_OK)
        status = bc_page_paths(text, report, within(room_left(text), LEAST_ROOM, PATHS_ROOM), err);
    return status;
}

typedef struct part {
    const char *name;
    bc_status (*append)(bc_text *text, const bc_report *report, bc_error *err);
} part;

static const part parts[] = {
    {"style", append_style},
    {"script", append_script},
    {"style-hash", append_style_hash},
    {"script-hash", append_script_hash},
    {"charts", bc_page_charts},
    {"history", bc_page_history},
    {"data", append_data},
};

static bc_status append_part(bc_text *text, const bc_report *report, const char *name, size_t length,
                             bc_error *err) {
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (bc_text_equals(parts[i].name, name, length))
            return parts[i].append(text, report, err);
    }
    return bc_fail(err, BC_ERROR_FORMAT, "the page has no part '%.*s'", (int)length, name);
}

bc_status bc_report_page(bc_text *page, const bc_report *report, bc_error *err) {
    const char *at = (const char *)bc_page_html, *end = at + bc_page_html_size;
    bc_status status = BC_OK;
    bc_text_string(page, mark);
    while (status == BC_OK && at < end) {
        const char *open = memchr(at, '{', (size_t)(end - at));
        const char *close = open != NULL ? memchr(open, '}', (size_t)(end - open)) : NULL;
        const char *stop = close != NULL ? open : end;
        bc_text_append(page, at, (size_t)(stop - at));
        if (close != NULL)
            status = append_part(page, report, open + 1, (size_t)(close - open - 1), err);
        at = close != NULL ? close + 1 : end;
    }
    return status == BC_OK ? bc_text_check(page, err) : status;
}

/* Folders and manifests: what is listed, which class is positive, what is learned from. */
#define _XOPEN_SOURCE 700 /* setreuid */
#include "temporary_tree.h"
#include "unprivileged.h"

#include "dataset/signature.h"

#include <bclass/dataset.h>

#include <math.h>
#include <sys/socket.h>
#include <sys/un.h>

static const bc_dataset_options defaults = {.val = 0.2, .test = 0.2, .seed = 1};

static void open_data(bc_dataset *dataset, const char *path, const bc_dataset_options *options) {
    bc_error err = {0};
    if (bc_dataset_open(dataset, path, options, &err) != BC_OK)
        fail_msg("%s: %s", path, err.message);
}

static void assert_refused(const char *path, const bc_dataset_options *options, bc_status status,
                           const char *message) {
    bc_dataset dataset;
    bc_error err = {0};
    assert_int_equal(bc_dataset_open(&dataset, path, options, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.message, message);
    bc_dataset_free(&dataset);
}

static const bc_sample *find_sample(const bc_dataset *dataset, const char *path) {
    for (size_t i = 0; i < dataset->count; i++) {
        if (strcmp(dataset->samples[i].path, path) == 0)
            return &dataset->samples[i];
    }
    fail_msg("%s is not in the data set", path);
    return NULL;
}

/* FOLDER/00000.pgm and so on; they are not decoded here. */
static void put_many(const char *folder, int count) {
    for (int i = 0; i < count; i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%05d.pgm", folder, i);
        put(path, "x");
    }
}

/* A manifest of pictures that are not there, which only decoding would notice. */
static void put_manifest(const char *path, int ok, int ng) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("path,label\n", file);
    for (int i = 0; i < ok + ng; i++)
        fprintf(file, "%05d.pgm,%s\n", i, i < ok ? "ok" : "ng");
    assert_int_equal(fclose(file), 0);
}

static size_t count_split(const bc_dataset *dataset, bc_split split) {
    return bc_dataset_count(dataset, split, 0) + bc_dataset_count(dataset, split, 1);
}

/* ---- folders ---- */

static void every_file_of_a_class_folder_is_listed_in_order_of_its_path(void **state) {
    (void)state;
    put("d/ok/b/z.png", "12345");
    put("d/ok/b.png", "1");
    put("d/ok/a.txt", "");
    put("d/defect/1", "22");
    put("d/defect/.hidden.png", "1");
    put("d/.cache/x.png", "1");
    put("d/defect/.thumbnails/y.png", "1");
    put("d/README.md", "1");
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    static const char *const paths[] = {"d/defect/1", "d/ok/a.txt", "d/ok/b.png", "d/ok/b/z.png"};
    assert_int_equal(dataset.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(dataset.samples[i].path, paths[i]);
        assert_string_equal(dataset.samples[i].path + dataset.samples[i].below, paths[i] + 2);
        assert_int_equal(dataset.samples[i].label, i == 0);
        assert_true(dataset.samples[i].weight == 1);
        assert_null(dataset.samples[i].group);
    }
    bc_dataset_free(&dataset);
}

static void a_data_folder_is_named_in_any_way(void **state) {
    (void)state;
    put("d/ok/1.pgm", "1");
    put("d/ng/1.pgm", "1");
    static const char *const names[][2] = {
        {"d/", "d/ng/1.pgm"}, {"./d", "./d/ng/1.pgm"}, {"d/../d/", "d/../d/ng/1.pgm"}, {".", "ng/1.pgm"}};
    for (size_t i = 0; i < 4; i++) {
        if (i == 3)
            assert_int_equal(chdir("d"), 0);
        bc_dataset dataset;
        open_data(&dataset, names[i][0], &defaults);
        const bc_sample *sample = find_sample(&dataset, names[i][1]);
        assert_string_equal(sample->path + sample->below, "ng/1.pgm");
        bc_dataset_free(&dataset);
    }
    assert_int_equal(chdir(".."), 0);
}

static void split_folders_state_the_split(void **state) {
    (void)state;
    put("d/Train/ok/1", "1");
    put("d/Train/ng/2", "1");
    put("d/valid/ok/3", "1");
    put("d/validation/ng/4", "1");
    put("d/test/ok/deep/5", "1");
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(dataset.count, 5);
    assert_int_equal(find_sample(&dataset, "d/Train/ok/1")->split, BC_SPLIT_TRAIN);
    assert_int_equal(find_sample(&dataset, "d/Train/ng/2")->split, BC_SPLIT_TRAIN);
    assert_int_equal(find_sample(&dataset, "d/valid/ok/3")->split, BC_SPLIT_VAL);
    assert_int_equal(find_sample(&dataset, "d/validation/ng/4")->split, BC_SPLIT_VAL);
    assert_int_equal(find_sample(&dataset, "d/test/ok/deep/5")->split, BC_SPLIT_TEST);
    assert_int_equal(find_sample(&dataset, "d/validation/ng/4")->label, 1);
    assert_true(dataset.splits_stated);
    assert_false(dataset.split_by_seed);
    bc_dataset_free(&dataset);
}

static void a_class_may_be_called_train(void **state) {
    (void)state;
    put("d/train/1", "1");
    put("d/no_train/1", "1");
    bc_dataset dataset;
    open_data(&dataset, "d", &(bc_dataset_options){.positive = "train"});
    assert_int_equal(dataset.count, 2);
    assert_string_equal(dataset.negative, "no_train");
    assert_false(dataset.splits_stated);
    bc_dataset_free(&dataset);
}

static void val_is_drawn_from_train_where_only_test_is_stated(void **state) {
    (void)state;
    put_many("d/train/ok", 20);
    put_many("d/train/ng", 10);
    put_many("d/test/ok", 5);
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_true(dataset.split_by_seed);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_VAL, 0), 4);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_VAL, 1), 2);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TEST), 5);
    for (size_t i = 0; i < dataset.count; i++)
        assert_int_equal(strncmp(dataset.samples[i].path, "d/test/", 7) == 0,
                         dataset.samples[i].split == BC_SPLIT_TEST);
    bc_dataset_free(&dataset);
}

static void test_stays_empty_where_train_is_stated_without_it(void **state) {
    (void)state;
    put_many("d/train/ok", 10);
    put_many("d/train/ng", 10);
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(count_split(&dataset, BC_SPLIT_VAL), 4);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TEST), 0);
    bc_dataset_free(&dataset);
    put("d/val/ok/1", "1");
    open_data(&dataset, "d", &defaults);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TRAIN), 20);
    assert_int_equal(count_split(&dataset, BC_SPLIT_VAL), 1);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TEST), 0);
    assert_false(dataset.split_by_seed);
    bc_dataset_free(&dataset);
}

static void a_class_may_be_named_train(void **state) {
    (void)state;
    put("d/train/1", "1");
    put("d/bus/1", "1");
    bc_dataset dataset;
    const bc_dataset_options options = {.positive = "bus"};
    open_data(&dataset, "d", &options);
    assert_string_equal(dataset.negative, "train");
    assert_int_equal(dataset.count, 2);
    bc_dataset_free(&dataset);
}

static void links_are_followed_and_loops_end(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/ng/1", "1");
    put("elsewhere/2", "333");
    assert_int_equal(symlink("../../elsewhere/2", "d/ok/link"), 0);
    assert_int_equal(symlink("../../elsewhere", "d/ng/folder"), 0);
    assert_int_equal(symlink(".", "d/ok/self"), 0);
    assert_int_equal(symlink("..", "d/ok/up"), 0);
    assert_int_equal(symlink("../ng/folder", "d/ng/again"), 0);
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(dataset.count, 4);
    assert_int_equal(find_sample(&dataset, "d/ok/link")->label, 0);
    assert_int_equal(find_sample(&dataset, "d/ng/again/2")->label, 1);
    bc_dataset_free(&dataset);
}

/* Else every picture would be there twice, once under the wrong class. */
static void a_link_back_to_the_data_is_no_class(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/ng/1", "1");
    put("s/train/ok/1", "1");
    put("s/train/ng/1", "1");
    assert_int_equal(symlink(".", "d/self"), 0);
    assert_int_equal(symlink(".", "s/train/split"), 0);
    assert_int_equal(symlink("..", "s/train/data"), 0);
    for (int i = 0; i < 2; i++) {
        bc_dataset dataset;
        open_data(&dataset, i == 0 ? "d" : "s", &defaults);
        assert_int_equal(dataset.count, 2);
        assert_string_equal(dataset.negative, "ok");
        bc_dataset_free(&dataset);
    }
}

/* Without a memory of the folders that were entered there would be more than 8! ways through these. */
static void folders_that_link_to_each_other_are_entered_once(void **state) {
    (void)state;
    put("d/ok/1", "1");
    for (int i = 0; i < 8; i++) {
        char path[64], target[64];
        snprintf(path, sizeof path, "d/ng/f%02d/x", i);
        put(path, "1");
        for (int k = 0; k < 8; k++) {
            snprintf(path, sizeof path, "d/ng/f%02d/to%02d", i, k);
            snprintf(target, sizeof target, "../f%02d", k);
            assert_int_equal(symlink(target, path), 0);
        }
    }
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(dataset.count, 9);
    bc_dataset_free(&dataset);
}

static void many_folders_are_remembered(void **state) {
    (void)state;
    put("d/ok/1", "1");
    for (int i = 0; i < 100; i++) {
        char path[64], target[64];
        snprintf(path, sizeof path, "d/ng/f%03d/x", i);
        put(path, "1");
        snprintf(path, sizeof path, "d/ng/link%03d", i);
        snprintf(target, sizeof target, "f%03d", i);
        assert_int_equal(symlink(target, path), 0);
    }
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(dataset.count, 101);
    bc_dataset_free(&dataset);
}

static void a_link_to_nowhere_is_listed_to_be_told_later(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/ng/1", "1");
    assert_int_equal(symlink("nowhere", "d/ok/gone.png"), 0);
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(find_sample(&dataset, "d/ok/gone.png")->label, 0);
    bc_dataset_free(&dataset);
}

static void pipes_sockets_and_devices_are_left_alone(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/ng/1", "1");
    assert_int_equal(mkfifo("d/ok/fifo.png", 0600), 0);
    assert_int_equal(symlink("/dev/zero", "d/ok/zero.png"), 0);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "d/ok/socket"};
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_int_equal(dataset.count, 2);
    bc_dataset_free(&dataset);
    close(fd);
}

static void folders_too_deep_are_refused(void **state) {
    (void)state;
    char path[512] = "d/ng/";
    put("d/ok/1", "1");
    for (int i = 0; i < 64; i++)
        strcat(path, "a/");
    strcat(path, "1");
    put(path, "1");
    char message[700];
    *strrchr(path, '/') = '\0';
    snprintf(message, sizeof message, "%s: folders are nested more than 64 deep", path);
    assert_refused("d", &defaults, BC_ERROR_LIMIT, message);
}

static void a_folder_that_may_not_be_read_is_named(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/ng/sub/1", "1");
    chmod("d/ng/sub", 0);
    bool was_root = give_up_root();
    assert_refused("d", &defaults, BC_ERROR_IO, "d/ng/sub: Permission denied");
    take_root_back(was_root);
}

static void what_is_no_data_set_is_refused(void **state) {
    (void)state;
    assert_refused("none", &defaults, BC_ERROR_IO, "none: no such folder or file");
    mkfifo("fifo", 0600);
    assert_refused("fifo", &defaults, BC_ERROR_IO, "fifo: neither a folder nor a file");
    put("empty/.hidden", "1");
    put("empty/1.png", "1");
    assert_refused("empty", &defaults, BC_ERROR_FORMAT,
                   "empty: no class folders in it; each class needs a folder of its own");
    put("one/cat/1", "1");
    assert_refused("one", &defaults, BC_ERROR_FORMAT, "one: only one class, 'cat'; two are needed");
    mkdir("one/dog", 0777);
    assert_refused("one", &defaults, BC_ERROR_FORMAT,
                   "one: only one class, 'cat'; two are needed (the folder 'dog' is empty)");
    make_folders("bare/ok/");
    make_folders("bare/ng/sub/");
    assert_refused("bare", &defaults, BC_ERROR_FORMAT, "bare: no files in the class folders");
    put("held/val/ok/1", "1");
    put("held/val/ng/1", "1");
    assert_refused("held", &defaults, BC_ERROR_FORMAT, "held: has a folder 'val' but no folder 'train'");
    make_folders("more/train/");
    make_folders("more/test/");
    put("more/__MACOSX/ok/1", "1");
    assert_refused(
        "more", &defaults, BC_ERROR_FORMAT,
        "more: holds splits, but the folder '__MACOSX' beside them is neither train, val nor test");
    put("half/train/ok/1", "1");
    put("half/test/ng/1", "1");
    put("half/test/ok/1", "1");
    assert_refused("half", &defaults, BC_ERROR_FORMAT, "no picture of class 'ng' is in the train split");
}

/* ---- classes ---- */

typedef struct name_pair {
    const char *positive, *negative;
} name_pair;

static void open_pair(bc_status expected, bc_dataset *dataset, bc_error *err, const char *a, const char *b) {
    char path[128];
    remove_tree("d");
    snprintf(path, sizeof path, "d/%s/1", a);
    put(path, "1");
    snprintf(path, sizeof path, "d/%s/1", b);
    put(path, "1");
    bc_status status = bc_dataset_open(dataset, "d", &defaults, err);
    if (status != expected)
        fail_msg("'%s' and '%s': %s", a, b, status == BC_OK ? dataset->positive_reason : err->message);
}

static void the_positive_class_is_recognised_by_the_meaning_of_the_names(void **state) {
    (void)state;
    static const name_pair pairs[] = {
        {"defect", "ok"},
        {"Positive", "Negative"},
        {"pos", "neg"},
        {"yes", "no"},
        {"true", "false"},
        {"1", "0"},
        {"class_1", "class_0"},
        {"1", "ok"},
        {"defect", "0"},
        {"0_defect", "1_good"},
        {"bad", "good"},
        {"abnormal", "normal"},
        {"PNEUMONIA", "NORMAL"},
        {"COVID-19", "Normal"},
        {"covid19", "control"},
        {"fail", "pass"},
        {"malignant", "benign"},
        {"tumour", "healthy"},
        {"tumor", "notumor"},
        {"yes_tumor", "no_tumor"},
        {"with_mask", "without_mask"},
        {"WithMask", "WithoutMask"},
        {"mask", "no mask"},
        {"cat", "not_cat"},
        {"cat", "not-cat"},
        {"hot_dog", "not hotdog"},
        {"cat", "other"},
        {"mask", "mask_not_worn"},
        {"1_cat", "0_no_cat"},
        {"not_ok", "ok"},
        {"no_good", "good"},
        {"unhealthy", "healthy"},
        {"Parasitized", "Uninfected"},
        {"infected", "uninfected"},
        {"damaged", "undamaged"},
        {"crack", "crack_free"},
        {"rotten", "fresh"},
        {"dog", "background"},
        {"smoke", "non-smoke"},
        {"spam", "ham"},
        {"non-normal", "normal"},
        {"vertical", "nonvertical"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        bc_dataset dataset;
        bc_error err = {0};
        open_pair(BC_OK, &dataset, &err, pairs[i].positive, pairs[i].negative);
        assert_string_equal(dataset.positive, pairs[i].positive);
        assert_string_equal(dataset.negative, pairs[i].negative);
        bc_dataset_free(&dataset);
    }
}

static void names_that_do_not_tell_are_asked_about(void **state) {
    (void)state;
    static const name_pair pairs[] = {
        {"cat", "dog"},
        {"a", "b"},
        {"1", "2"},
        {"type 1", "type 2"},
        {"0", "5"},
        {"grade0", "grade2"},
        {"fire", "smoke"},
        {"COVID", "Viral Pneumonia"},
        {"good", "normal"},
        {"1", "defect"},
        {"0", "ok"},
        {"not_cat", "not_dog"},
        {"note", "table"},
        {"patient_no_5", "patient_no_6"},
        {"free", "taken"},
        {"positive_negative", "x"},
        {"spamalot", "python"},
        {"thenameofaclassthathasnoendinsightasfarasonelooksatitfromanysideatall",
         "nothenameofaclassthathasnoendinsightasfarasonelooksatitfromanysideatall"},
        {"long_name_of_a_class_that_has_no_end_in_sight_as_far_as_one_looks_at_it", "x"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        bc_dataset dataset;
        bc_error err = {0};
        open_pair(BC_ERROR_USAGE, &dataset, &err, pairs[i].positive, pairs[i].negative);
        bc_dataset_free(&dataset);
    }
}

/* A model holds the names as JSON. Without this its training would end where it is written. */
static void a_class_name_that_is_not_utf8_is_refused(void **state) {
    (void)state;
    const bc_dataset_options options = {.positive = "ok"};
    bc_dataset dataset;
    bc_error err = {0};
    put("m.csv", "path,label\na,ok\nb,d\xe9"
                 "fect\n");
    assert_int_equal(bc_dataset_open(&dataset, "m.csv", &options, &err), BC_ERROR_FORMAT);
    assert_non_null(strstr(err.message, "is not in UTF-8"));
    bc_dataset_free(&dataset);
}

static void how_the_positive_class_was_chosen_is_said(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/defect/1", "1");
    bc_dataset dataset;
    open_data(&dataset, "d", &defaults);
    assert_string_equal(dataset.positive_reason,
                        "recognised from the class names 'defect' and 'ok'; --positive changes it");
    bc_dataset_free(&dataset);
    const bc_dataset_options options = {.positive = "ok"};
    open_data(&dataset, "d", &options);
    assert_string_equal(dataset.positive, "ok");
    assert_string_equal(dataset.negative, "defect");
    assert_string_equal(dataset.positive_reason, "named by --positive");
    assert_int_equal(find_sample(&dataset, "d/ok/1")->label, 1);
    assert_int_equal(find_sample(&dataset, "d/defect/1")->label, 0);
    bc_dataset_free(&dataset);
}

static void the_user_is_told_how_to_name_the_positive_class(void **state) {
    (void)state;
    put("d/cat/1", "1");
    put("d/hot dog/1", "1");
    assert_refused("d", &defaults, BC_ERROR_USAGE,
                   "which class is positive, 'cat' or 'hot dog'? Use --positive cat or --positive 'hot dog'");
    bc_dataset_options options = {.positive = "bird"};
    assert_refused("d", &options, BC_ERROR_USAGE,
                   "--positive 'bird': d has no such class, but 'cat', 'hot dog'");
    options.positive = "Cat";
    assert_refused("d", &options, BC_ERROR_USAGE,
                   "--positive 'Cat': d has no such class, but 'cat', 'hot dog'");
}

static void more_than_two_classes_need_one_to_set_against_the_rest(void **state) {
    (void)state;
    put("d/cat/1", "1");
    put("d/dog/1", "1");
    put("d/ok/1", "1");
    make_folders("d/empty/");
    assert_refused("d", &defaults, BC_ERROR_USAGE,
                   "d: 3 classes ('cat', 'dog', 'ok'); --positive NAME sets one of them against the rest");
    bc_dataset_options options = {.positive = "dog"};
    bc_dataset dataset;
    open_data(&dataset, "d", &options);
    assert_string_equal(dataset.positive, "dog");
    assert_string_equal(dataset.negative, "not dog");
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_TRAIN, 0), 2);
    assert_int_equal(find_sample(&dataset, "d/dog/1")->label, 1);
    bc_dataset_free(&dataset);
    for (int i = 0; i < 9; i++) {
        char path[32];
        snprintf(path, sizeof path, "d/x%d/1", i);
        put(path, "1");
    }
    assert_refused("d", &defaults, BC_ERROR_USAGE,
                   "d: 12 classes ('cat', 'dog', 'ok', 'x0', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6', ...); "
                   "--positive NAME sets one of them against the rest");
}

/* ---- manifests ---- */

static void a_manifest_names_path_label_split_group_and_weight(void **state) {
    (void)state;
    put("m/a.png", "123");
    put("m/list.csv", "Weight,id,PATH, Label ,split,group\r\n"
                      "2.5,1,a.png,ok,train,g1\r\n"
                      "\r\n"
                      ",2,sub/b.png, ng ,train,g1\r\n"
                      "1,3,/nowhere/c.png,ng,Valid,\r\n"
                      "1,4,\"d,1.png\",ok,test,g2");
    bc_dataset dataset;
    open_data(&dataset, "m/list.csv", &defaults);
    assert_int_equal(dataset.count, 4);
    const bc_sample *a = find_sample(&dataset, "m/a.png"), *b = find_sample(&dataset, "m/sub/b.png");
    const bc_sample *c = find_sample(&dataset, "/nowhere/c.png"), *d = find_sample(&dataset, "m/d,1.png");
    assert_true(a->weight == 2.5 && b->weight == 1);
    assert_true(a->label == 0 && b->label == 1);
    assert_true(a->split == BC_SPLIT_TRAIN && c->split == BC_SPLIT_VAL && d->split == BC_SPLIT_TEST);
    assert_string_equal(a->group, "g1");
    assert_null(c->group);
    assert_int_equal(dataset.groups, 2);
    assert_string_equal(b->path + b->below, "sub/b.png");
    assert_string_equal(c->path + c->below, "/nowhere/c.png");
    assert_string_equal(dataset.samples[0].path, "/nowhere/c.png");
    assert_false(dataset.split_by_seed);
    bc_dataset_free(&dataset);
}

static void a_manifest_in_the_working_folder_names_files_beside_it(void **state) {
    (void)state;
    put("list.tsv", "path\tlabel\tsplit\nb.png\tok\t\na.png\tng\t\n");
    put("a.png", "12");
    bc_dataset dataset;
    open_data(&dataset, "list.tsv", &defaults);
    assert_string_equal(dataset.samples[0].path, "a.png");
    assert_true(dataset.split_by_seed);
    bc_dataset_free(&dataset);
}

static void assert_manifest_refused(const char *text, const char *message) {
    put("m.csv", text);
    assert_refused("m.csv", &defaults, BC_ERROR_FORMAT, message);
}

static void an_error_in_a_manifest_is_told_with_its_line(void **state) {
    (void)state;
    assert_manifest_refused("path,label\n", "m.csv: no rows below the header");
    assert_manifest_refused("path,class\na,ok\n", "m.csv:1: no column 'label'; a manifest has the columns "
                                                  "path,label[,split,fold,group,weight]");
    assert_manifest_refused("\nfile,label\na,ok\n", "m.csv:2: no column 'path'; a manifest has the columns "
                                                    "path,label[,split,fold,group,weight]");
    assert_manifest_refused("path,label,Path\n", "m.csv:1: two columns are named 'Path'");
    assert_manifest_refused("path,label\na,ok\n\nb\n", "m.csv:4: 1 fields, the header has 2");
    assert_manifest_refused("path,label\na,ok\n,ng\n", "m.csv:3: the path is empty");
    assert_manifest_refused("path,label\na, \n", "m.csv:2: the label is empty");
    assert_manifest_refused("path,label\nb,ok\na,ok\nc,ng\na,ng\n",
                            "m.csv:5: the path 'a' is on line 3 already");
    assert_manifest_refused("path,label,split\na,ok,trian\n",
                            "m.csv:2: the split is none of train, val and test: 'trian'");
    assert_manifest_refused("path,label,split\na,ok,oof\n",
                            "m.csv:2: the split is none of train, val and test: 'oof'");
    assert_manifest_refused("path,label,split\na,ok,train\nb,ng,\n",
                            "m.csv:3: no split is stated here, unlike in the rows above");
    assert_manifest_refused("path,label,split\na,ok,\nb,ng,test\n",
                            "m.csv:3: a split is stated here but not in the rows above");
    assert_manifest_refused("path,label,fold\na,ok,1\nb,ng,\n",
                            "m.csv:3: no fold is stated here, unlike in the rows above");
    assert_manifest_refused("path,label,fold\na,ok,\nb,ng,1\n",
                            "m.csv:3: a fold is stated here but not in the rows above");
    assert_manifest_refused("path,label,split,fold\na,ok,train,1\nb,ng,test,2\n",
                            "m.csv:3: a picture of test is in no fold, here it is in '2'");
    static const char *const folds[] = {"0", "-1", "1.5", "101", "nan", "first"};
    for (size_t i = 0; i < sizeof folds / sizeof folds[0]; i++) {
        char text[64], message[128];
        snprintf(text, sizeof text, "path,label,fold\na,ok,1\nb,ng,%s\n", folds[i]);
        snprintf(message, sizeof message, "m.csv:3: the fold is no whole number from 1 to 100: '%s'",
                 folds[i]);
        assert_manifest_refused(text, message);
    }
    static const char *const weights[] = {"0", "-1", "nan", "inf", "1e400", "1e-300", "1e7", "heavy"};
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        char text[64], message[128];
        snprintf(text, sizeof text, "path,label,weight\na,ok,1\nb,ng,%s\n", weights[i]);
        snprintf(message, sizeof message, "m.csv:3: the weight is no number from 1e-06 to 1e+06: '%s'",
                 weights[i]);
        assert_manifest_refused(text, message);
    }
    assert_manifest_refused("path,label\na,\"ok\nb,ng\n", "m.csv:2: a quoted field does not end");
    assert_manifest_refused("path,label\na,ok\nb,ok\n", "m.csv: only one class, 'ok'; two are needed");
    assert_manifest_refused("path,label,split\na,ok,train\nb,ng,test\n",
                            "no picture of class 'ng' is in the train split");
}

static void a_file_that_is_no_manifest_is_refused(void **state) {
    (void)state;
    static const char message[] =
        "m.csv: neither a folder of pictures nor a CSV manifest with the columns path and label";
    assert_manifest_refused("", message);
    assert_manifest_refused("id,name\n1,2\n", message);
    put_bytes("m.csv", "\x89PNG\r\n\x1a\n\0\0", 10);
    assert_refused("m.csv", &defaults, BC_ERROR_FORMAT, message);
    put_bytes("m.csv", "\0\0\n", 3);
    assert_refused("m.csv", &defaults, BC_ERROR_FORMAT, message);
}

static void a_column_of_numbers_is_not_taken_for_classes(void **state) {
    (void)state;
    FILE *file = fopen("m.csv", "w");
    fputs("path,label\n", file);
    for (int i = 0; i <= 10000; i++)
        fprintf(file, "%d.png,%d\n", i, i);
    fclose(file);
    assert_refused("m.csv", &defaults, BC_ERROR_LIMIT, "m.csv: more than 10000 different class names");
}

/* ---- groups and splits ---- */

static void splits_hold_their_share_of_each_class(void **state) {
    (void)state;
    put_manifest("m.csv", 200, 40);
    const bc_dataset_options options = {.val = 0.15, .test = 0.15, .seed = 3};
    bc_dataset dataset;
    open_data(&dataset, "m.csv", &options);
    assert_true(dataset.split_by_seed);
    assert_int_equal(dataset.groups, 0);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_TRAIN, 0), 140);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_VAL, 0), 30);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_TEST, 0), 30);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_TRAIN, 1), 28);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_VAL, 1), 6);
    assert_int_equal(bc_dataset_count(&dataset, BC_SPLIT_TEST, 1), 6);
    bc_dataset_free(&dataset);
}

static void splits_are_within_one_picture_of_their_share_for_any_count(void **state) {
    (void)state;
    for (int count = 3; count < 60; count += 4) {
        put_manifest("m.csv", count, 100 - count);
        const bc_dataset_options options = {.val = 0.13, .test = 0.21, .seed = (uint64_t)count};
        bc_dataset dataset;
        open_data(&dataset, "m.csv", &options);
        for (int label = 0; label < 2; label++) {
            double total = label == 0 ? count : 100 - count;
            double val = (double)bc_dataset_count(&dataset, BC_SPLIT_VAL, label);
            double test = (double)bc_dataset_count(&dataset, BC_SPLIT_TEST, label);
            double train = (double)bc_dataset_count(&dataset, BC_SPLIT_TRAIN, label);
            assert_true(val >= 1 && test >= 1 && train >= 1);
            assert_true(fabs(val - 0.13 * total) <= 1.0 + 1e-9);
            assert_true(fabs(test - 0.21 * total) <= 1.0 + 1e-9);
            assert_true(fabs(train - 0.66 * total) <= 1.5);
        }
        bc_dataset_free(&dataset);
    }
}

static void the_smallest_classes_still_leave_one_for_each_split(void **state) {
    (void)state;
    static const int expected[][3] = {{1, 0, 0}, {1, 1, 0}, {1, 1, 1}};
    for (int count = 1; count <= 3; count++) {
        put_manifest("m.csv", 50, count);
        const bc_dataset_options options = {.val = 0.1, .test = 0.1, .seed = 5};
        bc_dataset dataset;
        open_data(&dataset, "m.csv", &options);
        for (int i = 0; i < 3; i++)
            assert_int_equal(bc_dataset_count(&dataset, (bc_split)(BC_SPLIT_TRAIN + i), 1),
                             expected[count - 1][i]);
        bc_dataset_free(&dataset);
    }
}

static void train_keeps_a_picture_of_each_class_whatever_the_shares(void **state) {
    (void)state;
    put_manifest("m.csv", 3, 2);
    const bc_dataset_options options = {.val = 0.48, .test = 0.48, .seed = 5};
    bc_dataset dataset;
    open_data(&dataset, "m.csv", &options);
    assert_true(bc_dataset_count(&dataset, BC_SPLIT_TRAIN, 0) >= 1);
    assert_true(bc_dataset_count(&dataset, BC_SPLIT_TRAIN, 1) >= 1);
    bc_dataset_free(&dataset);
}

static void without_shares_everything_is_learned_from(void **state) {
    (void)state;
    put_manifest("m.csv", 3, 3);
    const bc_dataset_options options = {.seed = 5};
    bc_dataset dataset;
    open_data(&dataset, "m.csv", &options);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TRAIN), 6);
    bc_dataset_free(&dataset);
}

static void shares_that_leave_nothing_are_refused(void **state) {
    (void)state;
    put_manifest("m.csv", 3, 3);
    static const double shares[][2] = {{0.5, 0.5}, {-0.1, 0.1}, {0.1, -0.1}, {NAN, 0}, {0, NAN}, {1, 0}};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        bc_dataset_options options = {.val = shares[i][0], .test = shares[i][1]};
        char message[128];
        snprintf(message, sizeof message, "shares of %g for val and %g for test leave nothing to train on",
                 options.val, options.test);
        assert_refused("m.csv", &options, BC_ERROR_USAGE, message);
    }
}

static void the_split_follows_from_the_seed_and_not_from_the_order_of_files(void **state) {
    (void)state;
    put_many("a/ok", 40);
    put_many("a/ng", 40);
    for (int i = 39; i >= 0; i--) {
        char path[64];
        snprintf(path, sizeof path, "b/ok/%05d.pgm", i);
        put(path, "x");
        snprintf(path, sizeof path, "b/ng/%05d.pgm", (i * 37) % 40);
        put(path, "x");
    }
    bc_dataset a, b, c;
    bc_dataset_options options = defaults;
    open_data(&a, "a", &options);
    open_data(&b, "b", &options);
    options.seed = 2;
    open_data(&c, "a", &options);
    size_t moved = 0;
    for (size_t i = 0; i < 80; i++) {
        assert_string_equal(a.samples[i].path + 1, b.samples[i].path + 1);
        assert_int_equal(a.samples[i].split, b.samples[i].split);
        moved += a.samples[i].split != c.samples[i].split;
    }
    assert_true(moved > 15);
    bc_dataset_free(&a);
    bc_dataset_free(&b);
    bc_dataset_free(&c);
}

/* 30 patients with 1 to 10 pictures each, some of them in both classes. */
static void put_patients(void) {
    for (int patient = 0; patient < 30; patient++) {
        for (int i = 0; i <= patient % 10; i++) {
            char path[64];
            snprintf(path, sizeof path, "d/%s/p%02d_%d.pgm", (patient + i / 4) % 3 == 0 ? "ng" : "ok",
                     patient, i);
            put(path, "x");
        }
    }
}

static void groups_never_cross_splits_and_classes_stay_balanced(void **state) {
    (void)state;
    put_patients();
    for (uint64_t seed = 0; seed < 20; seed++) {
        const bc_dataset_options options = {
            .val = 0.2, .test = 0.2, .seed = seed, .group_pattern = "/(p[0-9]+)_"};
        bc_dataset dataset;
        open_data(&dataset, "d", &options);
        assert_int_equal(dataset.groups, 30);
        for (size_t i = 0; i < dataset.count; i++) {
            for (size_t k = 0; k < i; k++) {
                if (strcmp(dataset.samples[i].group, dataset.samples[k].group) == 0)
                    assert_int_equal(dataset.samples[i].split, dataset.samples[k].split);
            }
        }
        for (int label = 0; label < 2; label++) {
            double total = 0;
            for (int i = 0; i < 3; i++)
                total += (double)bc_dataset_count(&dataset, (bc_split)(BC_SPLIT_TRAIN + i), label);
            double val = (double)bc_dataset_count(&dataset, BC_SPLIT_VAL, label) / total;
            double test = (double)bc_dataset_count(&dataset, BC_SPLIT_TEST, label) / total;
            assert_true(val > 0.1 && val < 0.3 && test > 0.1 && test < 0.3);
        }
        bc_dataset_free(&dataset);
    }
}

static void a_path_names_its_group_by_parenthesis_or_whole_match(void **state) {
    (void)state;
    put("d/ok/p1_a", "1");
    put("d/ok/x", "1");
    put("d/ng/p1_b", "1");
    put("d/ng/q2_b", "1");
    bc_dataset_options options = {.group_pattern = "p[0-9]"};
    bc_dataset dataset;
    open_data(&dataset, "d", &options);
    assert_string_equal(find_sample(&dataset, "d/ok/p1_a")->group, "p1");
    assert_string_equal(find_sample(&dataset, "d/ng/p1_b")->group, "p1");
    assert_null(find_sample(&dataset, "d/ok/x")->group);
    assert_int_equal(dataset.groups, 1);
    bc_dataset_free(&dataset);
    options.group_pattern = "p[0-9]|([a-z][0-9])_b$";
    open_data(&dataset, "d", &options);
    assert_null(find_sample(&dataset, "d/ok/p1_a")->group);
    assert_string_equal(find_sample(&dataset, "d/ng/q2_b")->group, "q2");
    bc_dataset_free(&dataset);
    options.group_pattern = "^(.*)/"; /* below the data folder, or it would begin with "d/" */
    open_data(&dataset, "d", &options);
    assert_string_equal(find_sample(&dataset, "d/ok/x")->group, "ok");
    bc_dataset_free(&dataset);
    options.group_pattern = "z*";
    open_data(&dataset, "d", &options);
    assert_int_equal(dataset.groups, 0);
    bc_dataset_free(&dataset);
}

static void a_pattern_goes_before_the_groups_of_a_manifest(void **state) {
    (void)state;
    put("m.csv", "path,label,group\np1_a,ok,x\np1_b,ng,y\nq,ng,y\n");
    const bc_dataset_options options = {.group_pattern = "p[0-9]"};
    bc_dataset dataset;
    open_data(&dataset, "m.csv", &options);
    assert_string_equal(find_sample(&dataset, "p1_b")->group, "p1");
    assert_null(find_sample(&dataset, "q")->group);
    bc_dataset_free(&dataset);
}

static void a_bad_pattern_is_refused(void **state) {
    (void)state;
    put("d/ok/1", "1");
    put("d/ng/1", "1");
    const bc_dataset_options options = {.group_pattern = "(p"};
    bc_dataset dataset;
    bc_error err = {0};
    assert_int_equal(bc_dataset_open(&dataset, "d", &options, &err), BC_ERROR_USAGE);
    assert_int_equal(strncmp(err.message, "group pattern '(p': ", 20), 0);
    assert_true(strlen(err.message) > 20); /* the rest is the C library's */
    bc_dataset_free(&dataset);
}

static void a_group_in_two_stated_splits_is_refused(void **state) {
    (void)state;
    put("d/train/ok/p1_a", "1");
    put("d/train/ng/p2_a", "1");
    put("d/test/ng/p2_b", "1");
    const bc_dataset_options options = {.group_pattern = "p[0-9]"};
    assert_refused("d", &options, BC_ERROR_FORMAT,
                   "group 'p2' is in two splits: d/test/ng/p2_b (test) and d/train/ng/p2_a (train)");
}

static void groups_stay_together_when_val_is_drawn_from_train(void **state) {
    (void)state;
    put_patients();
    assert_int_equal(mkdir("s", 0777), 0);
    assert_int_equal(rename("d", "s/train"), 0);
    const bc_dataset_options options = {.val = 0.2, .test = 0.2, .seed = 4, .group_pattern = "p[0-9]+"};
    bc_dataset dataset;
    open_data(&dataset, "s", &options);
    assert_true(count_split(&dataset, BC_SPLIT_VAL) > dataset.count / 10);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TEST), 0);
    for (size_t i = 0; i < dataset.count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(dataset.samples[i].group, dataset.samples[k].group) == 0)
                assert_int_equal(dataset.samples[i].split, dataset.samples[k].split);
        }
    }
    bc_dataset_free(&dataset);
}

/* ---- folds ---- */

static size_t count_fold(const bc_dataset *dataset, uint32_t fold, int label) {
    size_t count = 0;
    for (size_t i = 0; i < dataset->count; i++)
        count += dataset->samples[i].fold == fold && dataset->samples[i].label == label;
    return count;
}

static void every_picture_is_in_one_fold_and_classes_are_even_to_within_one(void **state) {
    (void)state;
    for (int positives = 7; positives < 40; positives += 8) {
        put_manifest("m.csv", 103, positives);
        for (size_t folds = 2; folds <= 7; folds++) {
            const bc_dataset_options options = {.val = 0.3, .test = 0.3, .folds = folds, .seed = folds};
            bc_dataset dataset;
            open_data(&dataset, "m.csv", &options);
            assert_int_equal(dataset.folds, folds);
            assert_true(dataset.split_by_seed && !dataset.folds_stated);
            assert_int_equal(count_split(&dataset, BC_SPLIT_TRAIN), dataset.count);
            size_t sum = 0;
            for (uint32_t fold = 1; fold <= folds; fold++) {
                const size_t ok = count_fold(&dataset, fold, 0), ng = count_fold(&dataset, fold, 1);
                assert_in_range(ok, 103 / folds, 103 / folds + 1);
                assert_in_range(ng, (size_t)positives / folds, (size_t)positives / folds + 1);
                assert_in_range(ok + ng, dataset.count / folds, dataset.count / folds + 1);
                sum += ok + ng;
            }
            assert_int_equal(sum, dataset.count);
            bc_dataset_free(&dataset);
        }
    }
}

static void folds_follow_from_the_seed(void **state) {
    (void)state;
    put_manifest("m.csv", 60, 40);
    bc_dataset_options options = {.folds = 5, .seed = 1};
    bc_dataset a, b, c;
    open_data(&a, "m.csv", &options);
    open_data(&b, "m.csv", &options);
    options.seed = 2;
    open_data(&c, "m.csv", &options);
    size_t moved = 0;
    for (size_t i = 0; i < a.count; i++) {
        assert_int_equal(a.samples[i].fold, b.samples[i].fold);
        moved += a.samples[i].fold != c.samples[i].fold;
    }
    assert_true(moved > 50); /* 80 are expected */
    bc_dataset_free(&a);
    bc_dataset_free(&b);
    bc_dataset_free(&c);
}

static void groups_never_cross_folds_and_classes_stay_balanced(void **state) {
    (void)state;
    put_patients();
    for (uint64_t seed = 0; seed < 20; seed++) {
        const bc_dataset_options options = {
            .folds = 3, .fold_test = 0.2, .seed = seed, .group_pattern = "/(p[0-9]+)_"};
        bc_dataset dataset;
        open_data(&dataset, "d", &options);
        for (size_t i = 0; i < dataset.count; i++) {
            assert_true((dataset.samples[i].fold == 0) == (dataset.samples[i].split == BC_SPLIT_TEST));
            for (size_t k = 0; k < i; k++) {
                if (strcmp(dataset.samples[i].group, dataset.samples[k].group) == 0)
                    assert_int_equal(dataset.samples[i].fold, dataset.samples[k].fold);
            }
        }
        for (int label = 0; label < 2; label++) {
            const double all = (double)bc_dataset_count(&dataset, BC_SPLIT_TRAIN, label);
            const double test = (double)bc_dataset_count(&dataset, BC_SPLIT_TEST, label);
            assert_true(test / (all + test) > 0.1 && test / (all + test) < 0.3);
            for (uint32_t fold = 1; fold <= 3; fold++) {
                const double share = (double)count_fold(&dataset, fold, label) / all;
                assert_true(share > 0.2 && share < 0.47);
            }
        }
        bc_dataset_free(&dataset);
    }
}

static void a_stated_val_joins_the_folds_and_test_stays_out(void **state) {
    (void)state;
    for (int i = 0; i < 12; i++) {
        static const char *const splits[] = {"train", "val", "test"};
        char path[64];
        snprintf(path, sizeof path, "d/%s/%s/p%d_%d", splits[i % 3], i < 6 ? "ok" : "ng",
                 i / 3 * 2 + (i % 3 == 2), i);
        put(path, "x");
    }
    /* a group may be in train and val, as both are pictures of the folds */
    const bc_dataset_options options = {.folds = 2, .fold_test = 0.4, .seed = 3, .group_pattern = "p[0-9]+"};
    bc_dataset dataset;
    open_data(&dataset, "d", &options);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TRAIN), 8);
    assert_int_equal(count_split(&dataset, BC_SPLIT_VAL), 0);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TEST), 4);
    for (uint32_t fold = 1; fold <= 2; fold++)
        assert_int_equal(count_fold(&dataset, fold, 0) + count_fold(&dataset, fold, 1), 4);
    bc_dataset_free(&dataset);
}

static void stated_folds_are_taken_as_they_are(void **state) {
    (void)state;
    put("m.csv", "path,label,Fold,split\na,ok,2,train\nb,ng,2,val\nc,ok,1,train\nd,ng,3,train\ne,ok,3,train\n"
                 "f,ng,1,train\ng,ng,,test\n");
    bc_dataset_options options = {.val = 0.4, .test = 0.4, .seed = 3};
    bc_dataset dataset;
    for (options.folds = 0; options.folds <= 3; options.folds += 3) {
        static const uint32_t folds[] = {2, 2, 1, 3, 3, 1, 0};
        open_data(&dataset, "m.csv", &options);
        assert_int_equal(dataset.folds, 3);
        assert_true(dataset.folds_stated && !dataset.split_by_seed);
        for (size_t i = 0; i < dataset.count; i++)
            assert_int_equal(dataset.samples[i].fold, folds[i]);
        assert_int_equal(count_split(&dataset, BC_SPLIT_TRAIN), 6);
        bc_dataset_free(&dataset);
    }
    options.folds = 4;
    assert_refused("m.csv", &options, BC_ERROR_USAGE, "the data states 3 folds, not 4; leave --folds out");
}

static void stated_folds_that_cannot_be_used_are_refused(void **state) {
    (void)state;
    assert_manifest_refused("path,label,fold,group\na,ok,1,x\nb,ng,2,x\nc,ng,1,\nd,ok,2,\n",
                            "group 'x' is in two folds: a (1) and b (2)");
    assert_manifest_refused("path,label,fold\na,ok,1\nb,ng,1\n",
                            "only one fold is stated; at least two are needed");
    assert_manifest_refused("path,label,fold\na,ok,1\nb,ng,1\nc,ok,3\nd,ng,3\n",
                            "fold 2 of 3 has no picture");
    assert_manifest_refused("path,label,fold\na,ok,1\nb,ng,1\nc,ok,2\n",
                            "no picture of class 'ng' is left to train on without fold 1");
}

static void folds_that_cannot_be_drawn_are_refused(void **state) {
    (void)state;
    put_manifest("m.csv", 20, 4);
    bc_dataset_options options = {.folds = 5};
    assert_refused("m.csv", &options, BC_ERROR_FORMAT, "class 'ng' has 4 pictures only, too few for 5 folds");
    put_manifest("few.csv", 20, 2);
    options = (bc_dataset_options){.folds = 2, .fold_test = 0.3};
    assert_refused("few.csv", &options, BC_ERROR_FORMAT,
                   "class 'ng' has 1 picture only, too few for 2 folds; test has another 1");
    options = (bc_dataset_options){.folds = 1};
    assert_refused("m.csv", &options, BC_ERROR_USAGE, "folds are 2 to 100, not 1");
    options.folds = 101;
    assert_refused("m.csv", &options, BC_ERROR_USAGE, "folds are 2 to 100, not 101");
    options = (bc_dataset_options){.folds = 2, .fold_test = 1};
    assert_refused("m.csv", &options, BC_ERROR_USAGE,
                   "shares of 0 for val and 1 for test leave nothing to train on");
    put_patients();
    options = (bc_dataset_options){.folds = 19, .group_pattern = "p[0-9]+"};
    assert_refused("d", &options, BC_ERROR_FORMAT, "class 'ng' is in 18 groups only, too few for 19 folds");
    bc_dataset dataset;
    options.folds = 18;
    open_data(&dataset, "d", &options);
    for (uint32_t fold = 1; fold <= 18; fold++)
        assert_true(count_fold(&dataset, fold, 1) > 0);
    bc_dataset_free(&dataset);
}

static void a_fold_is_held_out_and_taken_back(void **state) {
    (void)state;
    put_manifest("m.csv", 20, 10);
    const bc_dataset_options options = {.folds = 4, .fold_test = 0.2, .seed = 9};
    bc_dataset dataset;
    open_data(&dataset, "m.csv", &options);
    const size_t test = count_split(&dataset, BC_SPLIT_TEST);
    assert_int_equal(test, 6);
    for (uint32_t fold = 1; fold <= 4; fold++) {
        assert_int_equal(bc_dataset_hold_out(&dataset, fold, NULL), BC_OK);
        for (size_t i = 0; i < dataset.count; i++) {
            const bc_sample *s = &dataset.samples[i];
            assert_int_equal(s->split, s->fold == 0      ? BC_SPLIT_TEST
                                       : s->fold == fold ? BC_SPLIT_OOF
                                                         : BC_SPLIT_TRAIN);
        }
    }
    assert_int_equal(bc_dataset_hold_out(&dataset, 0, NULL), BC_OK);
    assert_int_equal(count_split(&dataset, BC_SPLIT_TRAIN), 24);
    bc_dataset_free(&dataset);
}

/* ---- fingerprint ---- */

static void fingerprint(char text[65], const char *path, const bc_dataset_options *options) {
    bc_dataset dataset;
    bc_error err = {0};
    open_data(&dataset, path, options);
    assert_int_equal(bc_dataset_fingerprint(text, &dataset, &err), BC_OK);
    assert_int_equal(strlen(text), 64);
    bc_dataset_free(&dataset);
}

static void the_fingerprint_tells_data_sets_apart_but_not_where_they_lie(void **state) {
    (void)state;
    char first[65], other[65];
    bc_dataset_options options = defaults;
    put_many("d/ok", 10);
    put_many("d/ng", 10);
    fingerprint(first, "d", &options);
    fingerprint(other, "./d", &options);
    assert_string_equal(first, other);
    assert_int_equal(rename("d", "moved"), 0);
    fingerprint(other, "moved", &options);
    assert_string_equal(first, other);
    options.seed = 9; /* other splits */
    fingerprint(other, "moved", &options);
    assert_string_not_equal(first, other);
    options = defaults;
    options.positive = "ok"; /* other labels */
    fingerprint(other, "moved", &options);
    assert_string_not_equal(first, other);
    rename("moved/ok/00003.pgm", "moved/ok/00003.png");
    fingerprint(other, "moved", &defaults);
    assert_string_not_equal(first, other);
}

/* The sizes are known once the pictures have been read. */
static void the_fingerprint_tells_files_of_other_sizes_and_weights_apart(void **state) {
    (void)state;
    char first[65], size[65], weight[65], again[65];
    bc_dataset dataset;
    bc_error err = {0};
    put_many("d/ok", 3);
    put_many("d/ng", 3);
    open_data(&dataset, "d", &defaults);
    assert_int_equal(bc_dataset_fingerprint(first, &dataset, &err), BC_OK);
    dataset.samples[2].bytes = 7;
    assert_int_equal(bc_dataset_fingerprint(size, &dataset, &err), BC_OK);
    dataset.samples[2].bytes = 0;
    dataset.samples[4].weight = 2;
    assert_int_equal(bc_dataset_fingerprint(weight, &dataset, &err), BC_OK);
    dataset.samples[4].weight = 1;
    assert_int_equal(bc_dataset_fingerprint(again, &dataset, &err), BC_OK);
    assert_string_not_equal(first, size);
    assert_string_not_equal(first, weight);
    assert_string_not_equal(size, weight);
    assert_string_equal(first, again);
    bc_dataset_free(&dataset);
}

/* ---- signature ---- */

/* SHA-256 of the examples of FIPS 180-2, "abc" and the longer one, and of no bytes. */
static const char hash_of_abc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char hash_of_longer[] = "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1";
static const char hash_of_none[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void a_signature_has_every_picture_of_a_few_and_passes_over_what_is_gone(void **state) {
    (void)state;
    put("d/ng/1.pgm", "abc");
    put("d/ng/2.pgm", "");
    put("d/ok/1.pgm", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    bc_dataset dataset;
    bc_signature signature;
    bc_error err = {0};
    open_data(&dataset, "d", &(bc_dataset_options){.val = 0});
    for (int strict = 0; strict < 2; strict++) {
        assert_int_equal(bc_signature_take(&signature, &dataset, strict, &err), BC_OK);
        assert_int_equal(signature.count, 3);
        assert_string_equal(signature.sha256[0], hash_of_abc);
        assert_string_equal(signature.sha256[1], hash_of_none);
        assert_string_equal(signature.sha256[2], hash_of_longer);
    }
    assert_int_equal(remove("d/ng/2.pgm"), 0);
    assert_int_equal(bc_signature_take(&signature, &dataset, false, &err), BC_OK);
    assert_int_equal(signature.count, 2);
    assert_string_equal(signature.sha256[0], hash_of_abc);
    assert_string_equal(signature.sha256[1], hash_of_longer);
    assert_int_equal(bc_signature_take(&signature, &dataset, true, &err), BC_ERROR_IO);
    assert_string_equal(err.message, "d/ng/2.pgm: No such file or directory");
    bc_dataset_free(&dataset);
}

/* Of 48 pictures (i x 48 / 32) are taken: two of each three, all but 2, 5 ... 47. */
static void a_signature_is_spread_evenly_over_many_pictures(void **state) {
    (void)state;
    for (int i = 0; i < 48; i++) {
        char path[32];
        snprintf(path, sizeof path, "d/%s/%02d.pgm", i < 24 ? "ng" : "ok", i);
        put(path, i % 3 == 2   ? ""
                  : i % 3 == 1 ? "abc"
                               : "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq");
    }
    bc_dataset dataset;
    bc_signature signature;
    bc_error err = {0};
    open_data(&dataset, "d", &(bc_dataset_options){.val = 0});
    assert_int_equal(bc_signature_take(&signature, &dataset, true, &err), BC_OK);
    assert_int_equal(signature.count, 32);
    for (size_t i = 0; i < 32; i++)
        assert_string_equal(signature.sha256[i], i % 2 == 0 ? hash_of_longer : hash_of_abc);
    bc_dataset_free(&dataset);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        in_tree(every_file_of_a_class_folder_is_listed_in_order_of_its_path),
        in_tree(a_data_folder_is_named_in_any_way),
        in_tree(split_folders_state_the_split),
        in_tree(a_class_may_be_called_train),
        in_tree(val_is_drawn_from_train_where_only_test_is_stated),
        in_tree(test_stays_empty_where_train_is_stated_without_it),
        in_tree(a_class_may_be_named_train),
        in_tree(links_are_followed_and_loops_end),
        in_tree(a_link_back_to_the_data_is_no_class),
        in_tree(folders_that_link_to_each_other_are_entered_once),
        in_tree(many_folders_are_remembered),
        in_tree(a_link_to_nowhere_is_listed_to_be_told_later),
        in_tree(pipes_sockets_and_devices_are_left_alone),
        in_tree(folders_too_deep_are_refused),
        in_tree(a_folder_that_may_not_be_read_is_named),
        in_tree(what_is_no_data_set_is_refused),
        in_tree(the_positive_class_is_recognised_by_the_meaning_of_the_names),
        in_tree(names_that_do_not_tell_are_asked_about),
        in_tree(a_class_name_that_is_not_utf8_is_refused),
        in_tree(how_the_positive_class_was_chosen_is_said),
        in_tree(the_user_is_told_how_to_name_the_positive_class),
        in_tree(more_than_two_classes_need_one_to_set_against_the_rest),
        in_tree(a_manifest_names_path_label_split_group_and_weight),
        in_tree(a_manifest_in_the_working_folder_names_files_beside_it),
        in_tree(an_error_in_a_manifest_is_told_with_its_line),
        in_tree(a_file_that_is_no_manifest_is_refused),
        in_tree(a_column_of_numbers_is_not_taken_for_classes),
        in_tree(splits_hold_their_share_of_each_class),
        in_tree(splits_are_within_one_picture_of_their_share_for_any_count),
        in_tree(the_smallest_classes_still_leave_one_for_each_split),
        in_tree(train_keeps_a_picture_of_each_class_whatever_the_shares),
        in_tree(without_shares_everything_is_learned_from),
        in_tree(shares_that_leave_nothing_are_refused),
        in_tree(the_split_follows_from_the_seed_and_not_from_the_order_of_files),
        in_tree(groups_never_cross_splits_and_classes_stay_balanced),
        in_tree(a_path_names_its_group_by_parenthesis_or_whole_match),
        in_tree(a_pattern_goes_before_the_groups_of_a_manifest),
        in_tree(a_bad_pattern_is_refused),
        in_tree(a_group_in_two_stated_splits_is_refused),
        in_tree(groups_stay_together_when_val_is_drawn_from_train),
        in_tree(every_picture_is_in_one_fold_and_classes_are_even_to_within_one),
        in_tree(folds_follow_from_the_seed),
        in_tree(groups_never_cross_folds_and_classes_stay_balanced),
        in_tree(a_stated_val_joins_the_folds_and_test_stays_out),
        in_tree(stated_folds_are_taken_as_they_are),
        in_tree(stated_folds_that_cannot_be_used_are_refused),
        in_tree(folds_that_cannot_be_drawn_are_refused),
        in_tree(a_fold_is_held_out_and_taken_back),
        in_tree(the_fingerprint_tells_data_sets_apart_but_not_where_they_lie),
        in_tree(the_fingerprint_tells_files_of_other_sizes_and_weights_apart),
        in_tree(a_signature_has_every_picture_of_a_few_and_passes_over_what_is_gone),
        in_tree(a_signature_is_spread_evenly_over_many_pictures),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}

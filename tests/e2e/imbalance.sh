#!/bin/sh
# Uneven classes, the losses and samplings for them, and heads: what is done is told and kept, scores.csv and predict
# agree, and what contradicts itself is refused.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 60 20
find set/train/shirt -name '*.png' | sort | tail -n +13 | xargs rm # 12 shirts to 60

# learn RUN WORD...
learn() {
    run=$1
    shift
    expect 0 "$bclass" train set -o "$run" --positive shirt --net mlp --epochs 2 --val 0.25 --calibrate none "$@"
}

# setting RUN KEY: of the outermost object
setting() {
    awk -F'\t' -v key="\"$2\":" '$2 == key { gsub(/[",]/, "", $3); print $3 }' "$1/settings.json"
}

# net_file FILE HEAD: one hidden layer, and what stands behind it
net_file() {
    echo "{\"layers\": [{\"type\": \"flatten\"}, {\"type\": \"dense\", \"units\": 8}, {\"type\": \"relu\"}, $2]}" >"$1"
}

what_is_done_is_told_and_kept() {
    learn plain
    grep -q '1 shirt to 5 tshirt: each picture counts once' err || fail "uneven classes are not told"
    expect_equal loss "$(setting plain loss)" bce
    expect_equal sampling "$(setting plain sampling)" plain
    expect_equal offset "$(setting plain logit_offset)" 0
    learn focal --loss focal --pos-weight auto --sampling balanced
    # 5 times the weight and 5 times as often: log 25 = 3.219
    grep -q 'focal loss with gamma 2; a positive weighs 5; classes are drawn evenly; .*(by -3.219)' err ||
        fail "the loss is not told"
    expect_equal loss "$(setting focal loss)" focal
    expect_equal gamma "$(setting focal gamma)" 2
    expect_equal weight "$(setting focal pos_weight)" 5
    expect_equal sampling "$(setting focal sampling)" balanced
    expect_near offset "$(setting focal logit_offset)" -3.2188758 1e-6
}

heads_learn_the_same() {
    learn softmax --loss focal --pos-weight auto --sampling balanced --head softmax
    expect_equal head "$(setting softmax head)" softmax
    cmp focal/scores.csv softmax/scores.csv || fail "the scores of the heads differ"
}

predict_says_what_scores_hold() {
    for run in focal softmax; do
        expect_predict_to_agree $run set/test
    done
}

a_net_file_may_have_a_head() {
    net_file own.json '{"type": "dense", "units": 2}, {"type": "softmax", "gamma": 1.5}'
    learn own --net own.json
    expect_equal head "$(setting own head)" softmax
    expect_equal loss "$(setting own loss)" focal
    expect_equal gamma "$(setting own gamma)" 1.5
    net_file headless.json '{"type": "dense", "units": 1}'
    learn headless --net headless.json --head softmax
    expect_equal head "$(setting headless head)" softmax
}

what_is_favoured_ends_a_training() {
    learn precise --epochs 60 --val 0.4 --patience 1 --favour precision=0.9 --lr 0.1 # it jumps about
    grep -q '(the recall on val at the precision favoured stopped rising); kept epoch' out ||
        fail "why it ended is not told: $(head -n 1 out)"
}

contradictions_are_refused() {
    wrong() {
        pattern=$1
        shift
        expect "$code" "$bclass" train set -o new --positive shirt --quiet "$@"
        expect_equal "lines on standard error of $*" "$(wc -l <err | tr -d ' ')" 1
        grep -Eq -- "$pattern" err || fail "standard error does not match '$pattern': $*"
    }
    net_file one.json '{"type": "dense", "units": 1}, {"type": "softmax"}'
    net_file two.json '{"type": "dense", "units": 2}'
    code=1
    wrong 'one.json: layer softmax1 \(softmax\): softmax of one output is always 1' --net one.json
    wrong 'two.json: layer dense2 \(dense\): 2 units at the end need a softmax' --net two.json
    wrong 'two.json' --net two.json --head softmax
    code=2
    wrong 'own.json ends with a softmax layer' --net own.json --head sigmoid
    wrong 'the head of own.json asks for the focal loss with gamma 1.5' --net own.json --loss bce
    wrong 'the head of own.json asks for the focal loss with gamma 1.5' --net own.json --loss focal
    wrong '--loss focal' --gamma 1
    wrong '--loss focal' --gamma 1 --loss bce
    wrong gamma --gamma 11 --loss focal
    wrong 'sampling' --sampling even
    wrong '--favour takes pictures of both classes in val' --favour recall=0.9 --val 0
    wrong 'pos-weight' --pos-weight -1
    [ ! -e new ] || fail "a run folder was left"
}

what_is_done_is_told_and_kept
heads_learn_the_same
predict_says_what_scores_hold
a_net_file_may_have_a_head
what_is_favoured_ends_a_training
contradictions_are_refused

#!/bin/sh
# A run that was killed or interrupted, at whatever moment, goes on to the bytes of one that was not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

small_set set 30 10

# train WORD...: in no time
train() {
    "$bclass" train set --positive shirt --net small --imgsz 20 --epochs 6 "$@"
}

# train_slowly WORD...: with a first epoch that is long enough to be hit
train_slowly() {
    "$bclass" train set --positive shirt --net small --imgsz 64 --epochs 2 --batch-size 4 "$@"
}

# stop_at WORDS SIGNAL WORD...: sends the signal when standard error says the words; $code is the exit code
stop_at() {
    words=$1
    signal=$2
    shift 2
    rm -f progress
    mkfifo progress
    (
        read -r pid
        while read -r line; do
            case $line in
            *"$words"*)
                echo "$line" >seen
                kill -s "$signal" "$pid" 2>/dev/null || true # it may be done already
                ;;
            esac
            echo "$line"
        done >progress.txt
    ) <progress &
    rm -f seen
    code=0
    # shellcheck disable=SC2016 # the inner shell is to expand these
    sh -c 'echo $$ >&2 && exec "$@"' sh "$@" 2>progress >out </dev/null || code=$?
    wait
    [ -f seen ] || fail "never said '$words': $*"
}

# stop_in_first_epoch RUN SIGNAL WORD...: once RUN has a checkpoint; $code is the exit code
stop_in_first_epoch() {
    run=$1
    signal=$2
    shift 2
    rm -f pid
    (
        wait_for 60 [ -s pid ]
        while [ ! -f "$run/checkpoint.safetensors" ] && kill -0 "$(cat pid)"; do
            sleep 0.01
        done 2>/dev/null
        kill -s "$signal" "$(cat pid)" 2>/dev/null || true
    ) &
    code=0
    # shellcheck disable=SC2016 # the inner shell is to expand these
    sh -c 'echo $$ >pid && exec "$@"' sh "$@" >out 2>err </dev/null || code=$?
    wait
}

# same_result RUN [AS]
same_result() {
    as=${2-whole}
    for file in model.safetensors scores.csv settings.json; do
        cmp "$as/$file" "$1/$file" || fail "$1/$file is not that of the run that was not killed"
    done
    # history.csv but for the times
    for run in "$as" "$1"; do
        cut -d, -f1-8,11 "$run/history.csv" >"$run.history"
    done
    cmp "$as.history" "$1.history" || fail "$1/history.csv is not that of the run that was not killed"
    expect_equal "what else is in $1/" "$(leftovers "$1")" ""
}

killed_after_any_epoch_it_ends_with_the_same_bytes() {
    for epoch in 1 3 6; do
        stop_at "epoch $epoch/6 " KILL "$bclass" train set --positive shirt --net small --imgsz 20 --epochs 6 -o killed
        expect 0 train -o killed --resume --threads 1
        same_result killed
        rm -rf killed
    done
}

killed_again_and_again_it_ends_with_the_same_bytes() {
    for epoch in 1 3 5; do
        stop_at "epoch $epoch/6 " KILL "$bclass" train set --positive shirt --net small --imgsz 20 --epochs 6 -o again \
            --resume
    done
    expect 0 train -o again --resume
    same_result again
}

# A machine may be so slow to send the signal that the epoch is over; then another one is tried.
killed_in_the_first_epoch_it_goes_on() {
    for attempt in 1 2 3 4 5; do
        rm -rf first
        stop_in_first_epoch first KILL "$bclass" train set --positive shirt --net small --imgsz 64 --epochs 2 \
            --batch-size 4 -o first
        [ $code -eq 137 ] || continue # it was faster than the signal
        expect_error 2 'first holds a run that was not finished' train_slowly -o first -q
        expect 0 train_slowly -o first --resume
        same_result first slow
        ! grep -q 'going on with first/checkpoint.safetensors, which has no whole epoch yet' err || return 0
    done
    fail "in $attempt attempts no run was killed in its first epoch"
}

interrupted_in_the_first_epoch_it_has_no_model_and_goes_on() {
    for attempt in 1 2 3 4 5; do
        rm -rf first
        stop_in_first_epoch first TERM "$bclass" train set --positive shirt --net small --imgsz 64 --epochs 2 \
            --batch-size 4 -o first
        [ $code -eq 130 ] || continue
        if grep -q 'interrupted before the end of the first epoch, so no model was written; --resume goes on$' err; then
            expect_equal "what is in first/" "$(ls first)" checkpoint.safetensors
            expect 0 train_slowly -o first --resume -q
            same_result first slow
            return 0
        fi
        grep -q 'interrupted; first holds the best weights so far, those of epoch [12], and --resume goes on$' err ||
            fail "not told"
    done
    fail "in $attempt attempts no run was interrupted in its first epoch"
}

a_run_that_is_replaced_counts_as_unfinished_from_the_first_step_on() {
    for attempt in 1 2 3 4 5; do
        rm -rf replaced
        cp -R whole replaced
        stop_in_first_epoch replaced KILL "$bclass" train set --positive shirt --net small --imgsz 64 --epochs 2 \
            --batch-size 4 -o replaced --force
        cmp whole/model.safetensors replaced/model.safetensors || continue # it was faster than the signal
        expect_error 2 "other settings or data" train -o replaced -q --resume
        expect 0 train_slowly -o replaced --resume -q
        same_result replaced slow
        return 0
    done
    fail "in $attempt attempts no run was killed before it replaced another"
}

# unfinished RUN: with a checkpoint
unfinished() {
    stop_at "epoch 2/6 " KILL "$bclass" train set --positive shirt --net small --imgsz 20 --epochs 6 -o "$1" --threads 1
}

what_is_unfinished_is_neither_overwritten_nor_mixed_up() {
    unfinished part
    expect_error 2 'part holds a run that was not finished; --resume .*--force' train -o part -q
    expect_error 2 "other settings or data \(--lr differs\)" train -o part -q --resume --lr 0.02
    expect_error 2 "other settings or data \(--tune differs\)" train -o part -q --resume --tune
    cp -R set other
    rm "$(find other/train/shirt -name '*.png' | sort | head -n 1)"
    expect_error 2 "\(--epochs differs\)" "$bclass" train set --positive shirt --net small --imgsz 20 -o part -q --resume
    for words in '--seed 2' '--pos-weight auto' '--head softmax' --no-hflip; do
        # shellcheck disable=SC2086 # words
        expect_error 2 "\(${words%% *} differs\)" train -o part -q --resume $words
    done
    expect_error 2 "\(--positive differs\)" train -o part -q --resume --positive tshirt
    expect_error 2 'data \(the pictures, or how they are split, differ\)' "$bclass" train other --positive shirt --net small \
        --imgsz 20 --epochs 6 -o part -q --resume
    expect_error 2 'give one of them' train -o part --resume --force
    head -c 1000 part/checkpoint.safetensors >short
    cp part/checkpoint.safetensors good
    cp short part/checkpoint.safetensors
    expect_error 1 'checkpoint.safetensors: no usable checkpoint: .*--force starts anew$' train -o part -q --resume
    cp whole/model.safetensors part/checkpoint.safetensors
    expect_error 1 'no usable checkpoint.*--force starts anew' train -o part -q --resume
    cp good part/checkpoint.safetensors
    cp short part/.checkpoint.safetensors.12345.part # as a process leaves it that is killed while it writes
    expect 0 train -o part -q --resume
    same_result part
    unfinished part3
    expect 0 train -o part3 -q --resume --strict # of which only the settings tell
    cmp whole/model.safetensors part3/model.safetensors || fail "--strict makes another model"
    unfinished part2
    expect 0 train -o part2 -q --force
    same_result part2
}

# What the first fold needs is there before anything of the old run goes.
folds_replace_a_run_without_them() {
    unfinished folded
    stop_at "fold 1/2  epoch 1/6 " KILL "$bclass" train set --positive shirt --net small --imgsz 20 --epochs 6 -o folded \
        --folds 2 --force
    ls folded >files
    ! grep -qx 'checkpoint.safetensors' files || fail "the old checkpoint is still there"
    grep -qx 'checkpoint-fold1.safetensors' files || fail "the new checkpoint is not there: $(cat files)"
    expect_error 2 'folded holds part of a run with folds' train -o folded -q --resume
    expect 0 train -o folded --folds 2 --resume
    expect 0 train -o folds --folds 2
    for file in model.safetensors scores.csv settings.json; do
        cmp "folds/$file" "folded/$file" || fail "folded/$file is not that of the run that was not killed"
    done
}

# net_file UNITS RATE
net_file() {
    echo "{\"layers\": [{\"type\": \"flatten\"}, {\"type\": \"dense\", \"units\": $1}, {\"type\": \"relu\"},
        {\"type\": \"dropout\", \"rate\": $2}, {\"type\": \"dense\", \"units\": 1}]}" >net.json
}

the_layers_of_a_file_must_be_the_same() {
    net_file 8 0.1
    stop_at "epoch 2/9 " KILL "$bclass" train set --positive shirt --net net.json --epochs 9 --batch-size 2 -o layers
    net_file 9 0.1
    expect_error 2 "other settings or data \('layers' differs\)" "$bclass" train set --positive shirt --net net.json \
        --epochs 9 --batch-size 2 -o layers -q --resume
    net_file 8 0.2 # whose weights would fit
    expect_error 2 "other settings or data \('layers' differs\)" "$bclass" train set --positive shirt --net net.json \
        --epochs 9 --batch-size 2 -o layers -q --resume
    net_file 8 0.1
    expect 0 "$bclass" train set --positive shirt --net net.json --epochs 9 --batch-size 2 -o layers -q --resume
}

what_a_search_found_is_kept() {
    search() {
        "$bclass" train set --positive shirt --net mlp --imgsz 8 --epochs 9 --batch-size 2 --tune "$@"
    }
    expect 0 search -o searched
    grep -q '"trials"' searched/settings.json || fail "settings.json has no trials"
    stop_at "epoch 2/9 " KILL "$bclass" train set --positive shirt --net mlp --imgsz 8 --epochs 9 --batch-size 2 --tune \
        -o found
    expect 0 search -o found --resume
    ! grep -q '^trial' err || fail "it searched again"
    same_result found searched
    expect 0 search -o found --resume
    expect 0 search -o found --resume --time 1h
    expect_error 2 'made with another --tune' "$bclass" train set --positive shirt --net mlp --imgsz 8 --epochs 9 \
        --batch-size 2 -o found --resume
}

what_is_complete_is_left_alone() {
    sum=$(cksum whole/*)
    expect 0 train -o whole --resume --strict
    expect 0 train -o whole --resume --threads 1
    grep -q 'whole is complete; there is nothing to resume' err || fail "it does not say that it is complete"
    expect 0 "$bclass" train ./set/ --positive shirt --net small --imgsz 20 --epochs 6 -o whole --resume -q
    cp -R whole stopped
    sed 's/"program"/"interrupted": true, "program"/' whole/settings.json >stopped/settings.json
    expect_error 2 'stopped was interrupted and has no checkpoint to go on from; --force starts anew' train -o stopped --resume
    expect_error 2 'whole is complete, but was made with another --lr' train -o whole --resume --lr 0.02
    expect_error 2 'made with another --epochs' "$bclass" train set --positive shirt --net small --imgsz 20 -o whole --resume
    expect_error 2 'made with another --no-tta' train -o whole --resume --no-tta
    expect_error 2 'made with another --no-hflip' train -o whole --resume --no-hflip
    expect_error 2 'made of set;' "$bclass" train other --positive shirt --net small --imgsz 20 --epochs 6 -o whole --resume
    expect_equal "the run" "$(cksum whole/*)" "$sum"
    cp -R whole bare
    echo '{"given": ["--lr", "fast"], "data": {"path": "set"}}' >bare/settings.json
    expect_error 1 'bare/settings.json: --lr takes a number' train -o bare --resume
    rm bare/settings.json
    expect_error 1 'bare/settings.json: No such file' train -o bare --resume
}

a_loss_that_is_no_number_leaves_nothing_to_resume() {
    expect 1 train -o burst -q --net mlp --optimizer sgd --schedule constant --lr 100 --ema 0 --batch-size 2
    grep -q 'no longer a finite number (epoch 1)' err || fail "it did not diverge"
    expect_equal "what is in burst/" "$(ls burst)" ""
}

expect 0 train -o whole
expect 0 train_slowly -o slow
killed_after_any_epoch_it_ends_with_the_same_bytes
killed_again_and_again_it_ends_with_the_same_bytes
killed_in_the_first_epoch_it_goes_on
interrupted_in_the_first_epoch_it_has_no_model_and_goes_on
a_run_that_is_replaced_counts_as_unfinished_from_the_first_step_on
what_is_unfinished_is_neither_overwritten_nor_mixed_up
folds_replace_a_run_without_them
the_layers_of_a_file_must_be_the_same
what_a_search_found_is_kept
what_is_complete_is_left_alone
a_loss_that_is_no_number_leaves_nothing_to_resume

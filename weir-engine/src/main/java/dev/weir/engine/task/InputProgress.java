package dev.weir.engine.task;

import dev.weir.engine.exchange.InputGate;
import java.util.Arrays;

/** How far each logical input of a task has come: reading, end of data, end of its channels. Task thread only. */
final class InputProgress {
    private final boolean[] sources;
    private final boolean[] sourceIdle;
    private final int[] channelsWithData;
    private final int[] channelsOpen;
    private int inputsWithData;
    private int inputsOpen;
    private boolean drain = true;

    InputProgress(SubtaskPlan plan, InputGate gate) {
        int inputs = plan.sources().length;
        sources = plan.sources().clone();
        sourceIdle = new boolean[inputs];
        channelsWithData = new int[inputs];
        channelsOpen = new int[inputs];
        inputsWithData = inputs;
        inputsOpen = inputs;
        for (int input = 0; input < inputs; input++) {
            // A source counts as one channel that ends with its last pull.
            channelsWithData[input] = sources[input] ? 1 : gate.channels(input);
            channelsOpen[input] = channelsWithData[input];
            if (channelsOpen[input] == 0) {
                throw new IllegalArgumentException("input " + input + " is not a source and no edge leads to it");
            }
        }
    }

    int inputs() {
        return sources.length;
    }

    boolean isSource(int input) {
        return sources[input];
    }

    /** An idle source is left alone until the task is woken. */
    boolean sourceSleeps(int input) {
        return sourceIdle[input];
    }

    void sourceIdle(int input) {
        sourceIdle[input] = true;
    }

    void wakeSources() {
        Arrays.fill(sourceIdle, false);
    }

    void sourceEnded(int input, boolean drained) {
        channelDataEnded(input, drained);
        channelEnded(input);
    }

    boolean hasSource() {
        for (boolean source : sources) {
            if (source) {
                return true;
            }
        }
        return false;
    }

    void channelDataEnded(int input, boolean drained) {
        drain &= drained;
        if (--channelsWithData[input] == 0) {
            inputsWithData--;
        }
    }

    void channelEnded(int input) {
        if (--channelsOpen[input] == 0) {
            inputsOpen--;
        }
    }

    /** All data of this input has come, and was drained. */
    boolean inputDrained(int input) {
        return drain && channelsWithData[input] == 0;
    }

    boolean channelsEnded(int input) {
        return channelsOpen[input] == 0;
    }

    boolean dataEnded() {
        return inputsWithData == 0;
    }

    boolean channelsEnded() {
        return inputsOpen == 0;
    }

    boolean drain() {
        return drain;
    }
}

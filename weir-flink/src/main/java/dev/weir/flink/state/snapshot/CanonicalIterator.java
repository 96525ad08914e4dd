package dev.weir.flink.state.snapshot;

import java.io.IOException;
import java.util.List;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyValueStateIterator;

/** All entries of a cut in their canonical form, by key group, then by state. */
final class CanonicalIterator implements KeyValueStateIterator {

    private final List<StateCut> states;
    private final int lastKeyGroup;
    private int keyGroup;
    private int state;
    private CanonicalEntries entries;
    private boolean valid;
    private boolean newKeyGroup;
    private boolean newState;

    CanonicalIterator(List<StateCut> states, KeyGroupRange range) throws IOException {
        this.states = states;
        this.keyGroup = range.getStartKeyGroup();
        this.lastKeyGroup = range.getEndKeyGroup();
        this.entries = new None();
        this.valid = !states.isEmpty() && keyGroup <= lastKeyGroup;
        if (valid) {
            entries = states.get(0).canonical(keyGroup);
            next();
            newKeyGroup = true;
            newState = true;
        }
    }

    @Override
    public void next() throws IOException {
        int keyGroupBefore = keyGroup;
        int stateBefore = state;
        while (!entries.advance()) {
            if (++state == states.size()) {
                state = 0;
                keyGroup++;
            }
            if (keyGroup > lastKeyGroup) {
                valid = false;
                return;
            }
            entries = states.get(state).canonical(keyGroup);
        }
        newKeyGroup = keyGroup != keyGroupBefore;
        newState = newKeyGroup || state != stateBefore;
    }

    @Override
    public int keyGroup() {
        return keyGroup;
    }

    @Override
    public byte[] key() {
        return entries.key();
    }

    @Override
    public byte[] value() {
        return entries.value();
    }

    @Override
    public int kvStateId() {
        return state;
    }

    @Override
    public boolean isNewKeyValueState() {
        return newState;
    }

    @Override
    public boolean isNewKeyGroup() {
        return newKeyGroup;
    }

    @Override
    public boolean isValid() {
        return valid;
    }

    @Override
    public void close() {}

    private static final class None implements CanonicalEntries {
        @Override
        public boolean advance() {
            return false;
        }

        @Override
        public byte[] key() {
            throw new IllegalStateException("there are no entries");
        }

        @Override
        public byte[] value() {
            throw new IllegalStateException("there are no entries");
        }
    }
}

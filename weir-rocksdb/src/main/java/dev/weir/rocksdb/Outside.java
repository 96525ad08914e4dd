package dev.weir.rocksdb;

import dev.weir.engine.state.KeyGroupSpan;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.LiveFileMetaData;

/**
 * What the files of a database have, entries and what has removed them, that is not of some key groups.
 *
 * @param before the least key before them, null for none
 * @param first the first that can be theirs
 * @param end the first behind them
 * @param behind the greatest key behind them, null for none
 */
record Outside(byte @Nullable [] before, byte[] first, byte[] end, byte @Nullable [] behind) {

    static Outside of(List<LiveFileMetaData> files, KeyGroupSpan keyGroups, int keyGroupCount) {
        byte[] first = KeyLayout.prefix(keyGroups.first(), keyGroupCount);
        byte[] end = KeyLayout.prefix(keyGroups.last() + 1, keyGroupCount);
        byte[] least = first;
        byte[] greatest = first;
        for (LiveFileMetaData file : files) {
            least = Arrays.compareUnsigned(file.smallestKey(), least) < 0 ? file.smallestKey() : least;
            greatest = Arrays.compareUnsigned(file.largestKey(), greatest) > 0 ? file.largestKey() : greatest;
        }
        return new Outside(
                least == first ? null : least, first, end, Arrays.compareUnsigned(greatest, end) < 0 ? null : greatest);
    }

    boolean isEmpty() {
        return before == null && behind == null;
    }
}

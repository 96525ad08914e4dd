package dev.weir.flink.state.snapshot;

import dev.weir.rocksdb.StoredEntries;

/** What the store keeps is what savepoints have. */
record AsStored(StoredEntries entries) implements CanonicalEntries {
    @Override
    public boolean advance() {
        return entries.advance();
    }

    @Override
    public byte[] key() {
        return entries.key();
    }

    @Override
    public byte[] value() {
        return entries.value();
    }
}

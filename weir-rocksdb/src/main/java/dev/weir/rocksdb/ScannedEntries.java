package dev.weir.rocksdb;

/** What a scan finds, entry by entry. */
final class ScannedEntries implements StoredEntries {

    private final Scan scan;
    private boolean begun;

    ScannedEntries(Scan scan) {
        this.scan = scan;
    }

    @Override
    public boolean advance() {
        if (begun) {
            scan.advance();
        }
        begun = true;
        return scan.hasNext();
    }

    @Override
    public byte[] key() {
        return scan.key();
    }

    @Override
    public byte[] value() {
        return scan.value();
    }
}

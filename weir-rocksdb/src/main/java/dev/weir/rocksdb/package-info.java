/**
 * Keyed state in RocksDB: state beyond main memory.
 *
 * <p>Start reading at {@link dev.weir.rocksdb.RocksStore}, then {@link dev.weir.rocksdb.RocksTable}. A table is a column
 * family. Its keys are laid out as Flink lays them out, see {@link dev.weir.rocksdb.KeyLayout}, so that what is stored is, byte
 * by byte, what a canonical savepoint has.
 *
 * <p><b>Semantics.</b> A read gives a fresh object and an update stores one: no object is shared between the state and who
 * uses it, as with Flink's RocksDB backend.
 *
 * <p><b>Entries in memory.</b> Where the options say how much memory they may take, tables keep entries in a cache, see {@link
 * dev.weir.rocksdb.cache}. Whatever reads the database itself comes after a flush of it.
 *
 * <p><b>Native objects</b> have one owner, {@link dev.weir.rocksdb.NativeDatabase}, which closes them when the store and the
 * last cut of it have been closed, in whatever order. Iterations keep none between calls: they read a page, close the
 * native iterator, and seek again for the next one, so that one left half way leaks nothing.
 *
 * <p><b>Files.</b> {@link dev.weir.rocksdb.FileCut} has the files of a database as they are at one moment, {@link
 * dev.weir.rocksdb.RocksStore} begins with such files, {@link dev.weir.rocksdb.ReadOnlyDatabase} reads them.
 *
 * <p>A store and its tables belong to the subtask's thread, a cut to any one thread. Reads and writes block for I/O. May
 * import the engine's {@code state} package and RocksDB's Java interface; knows no Flink.
 */
@NullMarked
package dev.weir.rocksdb;

import org.jspecify.annotations.NullMarked;

# Sourced by the commands beside it, which set $clone.
# shellcheck shell=bash
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
dist=$clone/weir-bench/target/dist

# Builds weir-bench and what it needs, if a source is newer than the last build; two commands at once build once.
bench_build() {
  mkdir -p "$dist"
  (
    flock 9
    if [ -e "$dist/stamp" ] && [ -z "$(find "$clone"/pom.xml "$clone"/weir-{engine,rocksdb,flink,bench}/{pom.xml,src/main} \
      -newer "$dist/stamp" -print -quit)" ]; then
      exit 0
    fi
    echo "bench: building (log: $dist/build.log)" >&2
    touch "$dist/started" # what changes during the build is built the next time
    if ! (cd "$clone" && mvn -B -pl weir-bench -am package -Dmaven.test.skip=true -Dquick) >"$dist/build.log" 2>&1; then
      grep -m 20 ERROR "$dist/build.log" >&2 || true
      echo "bench: the build failed" >&2
      exit 2
    fi
    mv "$dist/started" "$dist/stamp"
  ) 9>"$clone/weir-bench/target/build.lock"
}

# What Flink's own scripts open.
bench_opens="--add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED"

# All jars but those of the other engine: whichever executor for the target local is there runs the program.
bench_class_path() { # flink or weir
  local other='flink-clients-'
  [ "$1" = flink ] && other='weir-\(flink\|engine\|rocksdb\)-'
  find "$dist/lib" -name '*.jar' | grep -v "/$other" | sort | paste -sd:
}

// Preloaded into Azurite for a benchmark of its client: each request shall cost it the same, however many blobs
// it holds. Its store looks for a blob by account first, through all there are, and sorts all of them again after
// each delete; here it looks by name first and takes single entries out. What it answers stays the same.
const path = require("path");
const { Collection } = require(path.join(__dirname, "../../sandbox/node/node_modules/lokijs"));

const byNameFirst = (query) => (query && typeof query.name === "string" ? { name: query.name, ...query } : query);

for (const method of ["findOne", "find", "count"]) {
  const original = Collection.prototype[method];
  Collection.prototype[method] = function (query) {
    return original.call(this, byNameFirst(query));
  };
}

Collection.prototype.findAndRemove = function (query) {
  for (const document of this.find(query)) this.remove(document);
};

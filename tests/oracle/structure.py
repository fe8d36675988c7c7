"""Compares our angles, torsions, chirality, helices and superpositions with those of other people's programs.

    pip install PeptideBuilder biopython gemmi biotite numpy
    python tests/oracle/structure.py [PATH TO THE EXAMPLE `measure`]

The example is built by `cargo build -p tracestone-structure --example measure`; without a path it is looked for in
target/debug/examples. Coordinates go from ours to theirs and from PeptideBuilder's to ours in full precision. Names of
branched atoms are compared with the chemical component dictionary that comes with biotite.
"""

import json
import math
import subprocess
import sys
from pathlib import Path

import biotite.structure as struc
import biotite.structure.info as info
import gemmi
import numpy as np
import PeptideBuilder
from Bio.PDB import Superimposer
from Bio.PDB.Atom import Atom
from Bio.PDB.vectors import Vector, calc_angle, calc_dihedral
from PeptideBuilder import Geometry

CLOSE = 1e-6
# biotite computes with 32 bits.
COARSE = {"biotite: phi": 1e-3}
ROOT = Path(__file__).resolve().parents[2]


def run(program, lines=None, *arguments):
    """The objects that the example writes."""
    given = "\n".join(json.dumps(line) for line in lines) if lines is not None else ""
    done = subprocess.run([program, *arguments], input=given, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def turn(degrees):
    return (degrees + 180) % 360 - 180


def off(one, other):
    return abs(turn(one - other))


class Tally:
    """The largest difference of each comparison."""

    def __init__(self):
        self.largest = {}
        self.count = {}

    def add(self, name, difference):
        self.largest[name] = max(self.largest.get(name, 0.0), float(difference))
        self.count[name] = self.count.get(name, 0) + 1

    def show(self):
        good = True
        for name, largest in sorted(self.largest.items()):
            limit = COARSE.get(name, CLOSE)
            mark = "" if largest <= limit else "   DIFFERS"
            good = good and not mark
            print(f"{name:<44} {self.count[name]:>6} values, largest difference {largest:.2e}{mark}")
        return good


def by_residue(atoms):
    found = {}
    for atom in atoms:
        found.setdefault(atom["number"], {})[atom["name"]] = np.array(atom["at"])
    return found


def with_gemmi(given, ours, tally):
    chain = gemmi.Chain("A")
    for number, atoms in by_residue(given["atoms"]).items():
        residue = gemmi.Residue()
        residue.name, residue.seqid = "ALA", gemmi.SeqId(number, " ")
        for name, at in atoms.items():
            atom = gemmi.Atom()
            atom.name, atom.pos, atom.element = name, gemmi.Position(*at), gemmi.Element(name[0])
            residue.add_atom(atom)
        chain.add_residue(residue)
    residues = list(chain)
    for at, residue in enumerate(residues):
        before = residues[at - 1] if at else None
        after = residues[at + 1] if at + 1 < len(residues) else None
        phi, psi = gemmi.calculate_phi_psi(before, residue, after)
        number = residue.seqid.num
        for name, theirs in (("phi", phi), ("psi", psi)):
            if f"{name} {number}" in ours["torsions"]:
                tally.add("gemmi: phi, psi", off(math.degrees(theirs), ours["torsions"][f"{name} {number}"]))
        if after:
            omega = math.degrees(gemmi.calculate_omega(residue, after))
            tally.add("gemmi: omega", off(omega, ours["torsions"][f"omega {number}"]))
        n, ca, c = (residue[name][0].pos for name in ("N", "CA", "C"))
        angle = math.degrees(gemmi.calculate_angle(n, ca, c))
        tally.add("gemmi: N-CA-C", abs(angle - ours["angles"][str(number)]))
        if "CB" in by_residue(given["atoms"])[number]:
            cb = residue["CB"][0].pos
            theirs = gemmi.calculate_chiral_volume(ca, n, c, cb) if hasattr(gemmi, "calculate_chiral_volume") else None
            if theirs is None:
                u, v, w = (np.array((p - ca).tolist()) for p in (n, c, cb))
                theirs = float(np.linalg.det(np.array([u, v, w])))
            tally.add("chiral volume at CA", abs(theirs - ours["volumes"][str(number)]))


def with_bio(given, ours, tally):
    residues = by_residue(given["atoms"])
    for number, atoms in residues.items():
        n, ca, c = (Vector(*atoms[name]) for name in ("N", "CA", "C"))
        tally.add("Bio.PDB: N-CA-C", abs(math.degrees(calc_angle(n, ca, c)) - ours["angles"][str(number)]))
        if number + 1 in residues:
            after = Vector(*residues[number + 1]["N"])
            psi = math.degrees(calc_dihedral(n, ca, c, after))
            tally.add("Bio.PDB: psi", off(psi, ours["torsions"][f"psi {number}"]))


def with_biotite(given, ours, tally):
    points = by_residue(given["atoms"])
    for number in points:
        if number - 1 in points:
            phi = struc.dihedral(points[number - 1]["C"], *(points[number][name] for name in ("N", "CA", "C")))
            tally.add("biotite: phi", off(math.degrees(phi), ours["torsions"][f"phi {number}"]))


def rotated(points, random):
    q = random.normal(size=4)
    q /= np.linalg.norm(q)
    w, x, y, z = q
    rotation = np.array([
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ])
    return points @ rotation.T + random.normal(size=3) * 20


def superpositions(program, built, tally):
    """Our deviations beside Bio.PDB's: of moved, jittered and mirrored copies."""
    random = np.random.default_rng(7)
    given = []
    for one in built:
        points = np.array([atom["at"] for atom in one["atoms"]])
        for kind in ("moved", "jittered", "mirrored"):
            onto = rotated(points * ([1, 1, -1] if kind == "mirrored" else 1), random)
            if kind == "jittered":
                onto = onto + random.normal(size=onto.shape) * 0.2
            given.append({**one, "onto": onto.tolist()})
    for one, ours in zip(given, run(program, given)):
        fixed = [atom_of(at) for at in one["onto"]]
        moving = [atom_of(atom["at"]) for atom in one["atoms"]]
        both = Superimposer()
        both.set_atoms(fixed, moving)
        tally.add("Bio.PDB: deviation after superposition", abs(both.rms - ours["rmsd"]))
        # gemmi by pairs of positions.
        theirs = gemmi.superpose_positions(
            [gemmi.Position(*at) for at in one["onto"]], [gemmi.Position(*atom["at"]) for atom in one["atoms"]])
        tally.add("gemmi: deviation after superposition", abs(theirs.rmsd - ours["rmsd"]))


def atom_of(at):
    return Atom("CA", np.array(at, dtype=np.float64), 0.0, 1.0, " ", "CA", 1, "C")


def peptide_builder(program, tally):
    """Chains of PeptideBuilder, measured by us: their torsions and Bio.PDB's come out, and their helix is right-handed."""
    cases = [(-57, -47), (-63, -42), (-49, -26), (-120, 130), (57, 47)]
    given = []
    for phi, psi in cases:
        geometry = Geometry.geometry("A")
        geometry.phi, geometry.psi_im1, geometry.omega = phi, psi, 180.0
        structure = PeptideBuilder.initialize_res(geometry)
        for _ in range(9):
            PeptideBuilder.add_residue(structure, geometry)
        atoms = [
            {"name": atom.get_name(), "residue": "ALA", "chain": "A", "number": residue.id[1], "element": atom.element,
             "at": [float(x) for x in atom.get_coord()]}
            for residue in structure.get_residues() for atom in residue
        ]
        given.append({"name": f"{phi} {psi}", "atoms": atoms})
    for (phi, psi), one, ours in zip(cases, given, run(program, given)):
        points = by_residue(one["atoms"])
        for number in range(2, 10):
            n, ca, c = (Vector(*points[number][name]) for name in ("N", "CA", "C"))
            theirs = math.degrees(calc_dihedral(Vector(*points[number - 1]["C"]), n, ca, c))
            tally.add("PeptideBuilder's chains: phi by Bio.PDB", off(theirs, ours["torsions"][f"phi {number}"]))
            # Its coordinates are of 32 bits.
            assert off(ours["torsions"][f"phi {number}"], phi) < 0.01, (phi, ours["torsions"])
        rise, twist = ours["steps"][0]
        print(f"PeptideBuilder {phi:>5} {psi:>5}: rise {rise:.4f}, {360 / twist:.4f} residues per turn")
        assert all(volume > 2 for volume in ours["volumes"].values())


def component_names(built):
    """True if branched atoms have the places that the dictionary's names give them: the same signs of volumes."""
    good = True
    centers = {"VAL": ("CB", "CA", "CG1", "CG2"), "LEU": ("CG", "CB", "CD1", "CD2"), "ILE": ("CB", "CA", "CG1", "CG2"),
               "THR": ("CB", "CA", "OG1", "CG2")}
    for one in built:
        if len(one["name"]) != 3 or one["name"] not in info.all_residues():
            continue
        theirs = info.residue(one["name"])
        own = {atom["name"]: np.array(atom["at"]) for atom in one["atoms"]}
        heavy = set(theirs.atom_name[theirs.element != "H"]) - {"OXT"}
        if heavy != set(own):
            print(f"{one['name']}: atoms are {sorted(own)}, not {sorted(heavy)}")
            good = False
        place = {name: theirs.coord[theirs.atom_name == name][0] for name in heavy}
        for names in [("CA", "N", "C", "CB"), centers.get(one["name"])]:
            if names and all(name in own for name in names):
                sign = [np.sign(np.linalg.det(np.array([of[name] - of[names[0]] for name in names[1:]])))
                        for of in (own, place)]
                if sign[0] != sign[1]:
                    print(f"{one['name']}: {names} have the other side")
                    good = False
    return good


def main():
    default = ROOT / "target" / "debug" / "examples" / "measure"
    program = sys.argv[1] if len(sys.argv) > 1 else str(default)
    built = run(program, None, "build")
    tally = Tally()
    for given, ours in zip(built, run(program, built)):
        with_gemmi(given, ours, tally)
        with_bio(given, ours, tally)
        with_biotite(given, ours, tally)
    superpositions(program, built, tally)
    peptide_builder(program, tally)
    good = tally.show()
    names = component_names(built)
    print("names of atoms are those of the dictionary" if names else "names of atoms DIFFER from the dictionary")
    sys.exit(0 if good and names else 1)


if __name__ == "__main__":
    main()
